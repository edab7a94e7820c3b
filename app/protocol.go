package app

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/oauth"
	"github.com/gatehouse/gatehouse/protocol/oidc"
)

// protocol is the wire.
type protocol struct {
	Login *login.Service
	OAuth *oauth.Service
	OIDC  *oidc.Service
}

func (a *App) buildProtocol(context.Context) error {
	a.Login = &login.Service{DB: a.DB, Keys: a.Keys, Journal: a.Journal, Clock: a.clock, Log: a.log, Clients: a.Clients,
		Hasher: a.hasher, Shield: &shield.Shield{Clock: a.clock, Journal: a.Journal}, Limits: a.gate(), Cookies: a.cookies()}
	a.OAuth = &oauth.Service{DB: a.DB, Journal: a.Journal, Clock: a.clock, Tenants: a.Tenants, Clients: a.Clients, APIs: a.APIs,
		Tokens: a.Tokens, Login: a.Login, Limits: a.gate()}
	a.OIDC = &oidc.Service{DB: a.DB, Journal: a.Journal, Clients: a.Clients, Tokens: a.Tokens, Login: a.Login, OAuth: a.OAuth, Cookies: a.cookies()}
	return nil
}

func (a *App) gate() *limit.Gate { return &limit.Gate{Limiter: a.limits, Clock: a.clock} }

func (a *App) cookies() web.Cookies { return web.Cookies{Secure: a.settings.public.Scheme == "https"} }

// mount puts every surface on the one mux.
func (a *App) mount(context.Context) error {
	a.Mux = web.NewMux(web.Options{Log: a.log, Clock: a.clock, Metrics: a.metrics, TrustedProxies: a.settings.proxies,
		Resolve: a.resolve, Admit: a.gate().Admit})
	for _, s := range []web.Surface{
		a.OAuth.Routes(), a.OAuth.Pages(), a.OIDC.Routes(), a.OIDC.Pages(), a.Login.Routes(),
		a.Management.Surface(), a.Console.Surface(), a.frontDoor(),
	} {
		if err := a.Mux.Mount(s); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the tenant that the request's host is, and remembers where the
// request comes from.
func (a *App) resolve(ctx context.Context, r *http.Request) (context.Context, error) {
	host := hostname(r.Host)
	t, err := a.Tenants.ByHost(ctx, host)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return ctx, fault.New(fault.NotFound, "Nobody is served at this address.")
		}
		return ctx, err
	}
	record := web.RecordFrom(ctx)
	record.Tenant = t.ID
	source := &journal.Source{IP: record.IP, UserAgent: r.UserAgent(), Host: host, RequestID: record.RequestID, Auth0Client: r.Header.Get("Auth0-Client")}
	return journal.WithSource(tenant.With(ctx, t), source), nil
}

// hostname is a Host header without its port, in lower case.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	hostport = strings.TrimSuffix(strings.Trim(hostport, "[]"), ".")
	if address, err := netip.ParseAddr(hostport); err == nil {
		return address.String()
	}
	return strings.ToLower(hostport)
}

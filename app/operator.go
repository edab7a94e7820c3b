package app

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/gatehouse/gatehouse/front/console"
	"github.com/gatehouse/gatehouse/front/manage"
	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/outbound"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/oauth"
	"github.com/gatehouse/gatehouse/record/staff"
	"github.com/gatehouse/gatehouse/ui"
)

// The tenants that every installation has.
const (
	DefaultTenant  = "default"
	OperatorTenant = "operator"
)

// operator is what the operator's people use.
type operator struct {
	Staff      *staff.Service
	Console    *console.Service
	Management *manage.Service
	ownAddress string // where we listen, for requests to ourselves
	localCA    *web.LocalCA
}

func (a *App) buildOperator(context.Context) error {
	a.Staff = &staff.Service{DB: a.DB, Journal: a.Journal, Clock: a.clock, Log: a.log, Tenant: OperatorTenant, Users: a.Users, Hasher: a.hasher}
	if err := a.openCA(); err != nil {
		return err
	}
	own, err := outbound.New(a.outboundConfig())
	if err != nil {
		return err
	}
	a.Console = &console.Service{DB: a.DB, Keys: a.Keys, Clock: a.clock, Log: a.log, Journal: a.Journal, Staff: a.Staff,
		Tenants: a.Tenants, Clients: a.Clients, Cookies: a.cookies(), HTTP: own.HTTP(), Checks: a.Checks}
	a.Management = &manage.Service{Journal: a.Journal, Log: a.log, Verify: a.verifyManagement, Environment: a.settings.public.Hostname(),
		Limits: a.gate()}
	return nil
}

// openCA opens the local certificate authority, unless certificates are given
// or the issuer is plain HTTP.
func (a *App) openCA() (err error) {
	s := a.settings
	if s.public.Scheme == "https" && s.Certificate == "" {
		a.localCA, err = web.OpenLocalCA(s.Data, a.clock, s.public.Hostname(), s.operatorHost)
	}
	return err
}

// outboundConfig lets requests to our own public hosts go straight to our own
// listener: their names need not resolve on this machine.
func (a *App) outboundConfig() outbound.Config {
	c := outbound.Config{Own: a.own, Clock: a.clock}
	if a.localCA != nil {
		c.Roots = a.localCA.Pool()
	}
	return c
}

func (a *App) own(hostPort string) (address string, ok bool) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil || a.ownAddress == "" || port != a.settings.port() {
		return "", false
	}
	if _, err := a.Tenants.ByHost(context.Background(), hostname(host)); err != nil {
		return "", false
	}
	return a.ownAddress, true
}

// verifyManagement lets the Management API know whose token it was given.
func (a *App) verifyManagement(ctx context.Context, t *tenant.Tenant, raw string) (subject string, audience, scopes []string, err error) {
	access, err := a.OAuth.Access(ctx, t, raw)
	if err != nil {
		if refused := new(oauth.Error); errors.As(err, &refused) {
			err = fault.Wrap(fault.Unauthenticated, "Invalid token", err)
		}
		return "", nil, nil, err
	}
	if access.UserID != "" {
		return "", nil, nil, fault.New(fault.Forbidden, "The Management API takes tokens of applications, not of people.")
	}
	return access.Subject, access.Audience, access.Scopes, nil
}

// ensureManagementAPI makes the tenant's own API known, so that applications
// can be granted it.
func (a *App) ensureManagementAPI(ctx context.Context, t *tenant.Tenant) error {
	settings := api.Settings{SigningAlgorithm: "RS256", System: true, Scopes: manage.Scopes}
	have, err := a.APIs.Find(ctx, t, t.URL("/api/v2/"))
	if err == nil && len(have.Settings.Scopes) == len(settings.Scopes) {
		return nil
	}
	_, err = a.APIs.Ensure(ctx, t, staff.System, t.URL("/api/v2/"), "Management API", settings)
	return err
}

// furnish makes the installation's own tenants and the console's application,
// or follows a changed public address.
func (a *App) furnish(ctx context.Context) error {
	for _, own := range []struct{ id, name, host string }{
		{DefaultTenant, "Gatehouse", a.settings.public.Hostname()},
		{OperatorTenant, "Gatehouse operator", a.settings.operatorHost},
	} {
		t, err := a.Tenants.Find(ctx, own.id)
		switch {
		case fault.Is(err, fault.NotFound):
			_, err = a.Tenants.Ensure(ctx, own.id, own.name, own.host)
		case err == nil && t.Host != own.host:
			err = a.Tenants.Rehost(ctx, own.id, own.host)
		case err == nil:
			err = a.furnishTenant(ctx, t)
		}
		if err != nil {
			return err
		}
	}
	return a.Console.Furnish(ctx)
}

// frontDoor is what belongs to no other face: the files of every page, the
// bare address, and whatever nobody mounted.
func (a *App) frontDoor() web.Surface {
	files := ui.Assets()
	return web.Surface{Name: "front door", Guard: web.OnlyPublic, Error: a.Login.Error, Fallback: true, Routes: []web.Route{
		{Pattern: "GET /{$}", Permission: "public", Limit: string(limit.Page), Handle: a.bareAddress},
		{Pattern: ui.AssetPattern, Permission: "public", Limit: string(limit.Document), Quiet: true, Handle: func(w http.ResponseWriter, r *http.Request) error {
			files.ServeHTTP(w, r)
			return nil
		}},
	}}
}

// bareAddress leads staff to the console. Other tenants are met through an
// application, so there is nothing to see.
func (a *App) bareAddress(w http.ResponseWriter, r *http.Request) error {
	if tenant.From(r.Context()).ID != OperatorTenant {
		return fault.New(fault.NotFound, "There is nothing here.")
	}
	http.Redirect(w, r, "/console/", http.StatusSeeOther)
	return nil
}

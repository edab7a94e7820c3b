package login_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// house is a world whose applications send people on journeys from /begin.
type house struct{ *logintest.World }

func open(t *testing.T) *house {
	t.Helper()
	clk := clock.NewFake(dbtest.Start)
	return openOn(t, dbtest.Open(t, clk), clk, nil)
}

func openOn(t *testing.T, d *db.DB, clk *clock.Fake, hashers *credential.Hasher) *house {
	t.Helper()
	h := &house{logintest.Open(t, d, clk, hashers)}
	h.Must(h.Mux.Mount(web.Surface{Name: "begin", Guard: web.OnlyPublic, Error: h.Login.Error, Routes: []web.Route{
		{Pattern: "GET /begin", Permission: "public", Handle: h.begin},
		{Pattern: "GET /who", Permission: "public", Handle: h.who},
	}}))
	return h
}

func (h *house) begin(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Clients.Find(r.Context(), tenant.From(r.Context()), logintest.App)
	if err != nil {
		return err
	}
	b := login.Begin{Client: c, Request: []byte("what the application wants"), Need: login.Need(r.URL.Query().Get("need")),
		LoginHint: r.URL.Query().Get("hint"), Locales: []string{"en"}}
	if b.Need == login.NeedConsent {
		b.Consent = &login.Consent{Scopes: []pages.Scope{{Name: "openid"}, {Name: "read:notes", Description: "Read your notes", API: "Notes"}}}
	}
	return h.Login.Begin(w, r, b)
}

// who says whose browser it is.
func (h *house) who(w http.ResponseWriter, r *http.Request) error {
	_, u, err := h.Login.Session(r)
	if err != nil || u == nil {
		return err
	}
	_, err = w.Write([]byte(u.ID))
	return err
}

const (
	acmeID, otherID, password = logintest.Acme, logintest.Other, logintest.Password

	acme  = "https://acme.id.example"
	other = "https://other.id.example"
)

// set out begins a journey and returns the address of its page.
func setOut(b *logintest.Browser, host, need string) string {
	return host + b.Get(host+"/begin?need="+need).Want(http.StatusSeeOther).Location()
}

func credentials(email, password string) url.Values {
	return url.Values{"username": {email}, "password": {password}, "action": {"default"}}
}

// journey reads a journey as the browser that sends r would resume it.
func (h *house) resume(b *logintest.Browser, page string) (*login.Journey, error) {
	h.Helper()
	u, err := url.Parse(page)
	h.Must(err)
	r, err := http.NewRequestWithContext(tenant.With(h.Context(), h.Tenant(strings.Split(u.Host, ".")[0])), http.MethodGet, page, nil)
	h.Must(err)
	for _, name := range []string{web.SessionCookie, web.JourneyCookie} {
		if value := b.Cookie(u.Host, h.Cookies.Name(name)); value != "" {
			r.AddCookie(&http.Cookie{Name: h.Cookies.Name(name), Value: value})
		}
	}
	return h.Login.Resume(r)
}

// fails counts so many failures for an address of Acme's from the browsers' own,
// without the cost of a password each.
func (h *house) fails(email string, times int) {
	h.Helper()
	c, err := connection.Default(h.Context(), h.DB, acmeID)
	h.Must(err)
	account, err := h.Login.Account(h.Context(), h.Tenant(acmeID), c.ID, email)
	h.Must(err)
	a := &shield.Attempt{Tenant: acmeID, Account: account, IP: netip.MustParseAddr(h.Browser().IP), Settings: shield.Defaults()}
	for range times {
		h.Write(func(ctx context.Context, tx *db.Tx) error { _, err := h.Login.Shield.Failed(ctx, tx, a); return err })
	}
}

// kinds are the kinds of events of the tenant that tell of people, newest first.
func (h *house) kinds(id string) (kinds []string) {
	h.Helper()
	for _, e := range h.Events(id) {
		if strings.HasPrefix(e.KindName, "log") || strings.HasPrefix(e.KindName, "sign") && e.KindName != "signing_key.made" {
			kinds = append(kinds, e.KindName)
		}
	}
	return kinds
}

func refs(e journal.Entry) (kinds []string) {
	for _, r := range append([]journal.Ref{e.Actor, e.Object}, e.Related...) {
		kinds = append(kinds, r.Type+" "+r.Name)
	}
	return kinds
}

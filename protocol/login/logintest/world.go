// Package logintest opens a small house for tests of the protocols: two tenants
// with an application each, people with passwords, the sign-in pages behind a
// real mux, and browsers that visit them.
package logintest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/bcrypt"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
)

// The tenants, each with an application of the same id.
const (
	Acme  = "acme"
	Other = "other"
	App   = "app"
)

// Password is everybody's.
const Password = "a long walk in the rain"

// World is the house.
type World struct {
	testing.TB
	DB      *db.DB
	Clock   *clock.Fake
	Keys    *keyring.Keyring
	Journal *journal.Journal
	Tenants *tenant.Service
	Clients *client.Service
	Hasher  *credential.Hasher
	Cookies web.Cookies
	Login   *login.Service
	Mux     *web.Mux
	Log     *slog.Logger
}

// Settings are those of both applications.
var Settings = client.Settings{
	AppType: client.RegularWeb, FirstParty: true, TokenEndpointAuthMethod: client.MethodPost,
	GrantTypes:        []string{"authorization_code", "refresh_token", "client_credentials"},
	Callbacks:         []string{"https://app.example/callback"},
	AllowedLogoutURLs: []string{"https://app.example/bye"},
}

// Open opens the house on that database, whose clock is clk. hashers are its
// password threads; nil starts two.
func Open(t testing.TB, d *db.DB, clk *clock.Fake, hashers *credential.Hasher) *World {
	t.Helper()
	ctx := t.Context()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w := &World{TB: t, DB: d, Clock: clk, Log: log, Hasher: hashers, Cookies: web.Cookies{Secure: true}}
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	w.Must(err)
	w.Keys = keyring.New(root, log)
	w.Must(w.Keys.Provision(ctx, d, journal.System))
	w.Journal, err = journal.Open(ctx, journal.Config{DB: d, Keys: w.Keys, Clock: clk, Log: log, Stamp: tenant.GenerationStamp})
	w.Must(err)
	w.Tenants = &tenant.Service{
		DB: d, Journal: w.Journal, Clock: clk, Public: &url.URL{Scheme: "https"},
		Provision: func(ctx context.Context, id string) error { return w.Keys.Provision(ctx, d, id) },
		Warm:      func(ctx context.Context, id string) error { return w.Keys.Warm(ctx, d, id) },
		Furnish: func(ctx context.Context, t *tenant.Tenant) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := connection.CreateDefault(ctx, tx, t.ID)
				return err
			})
		},
	}
	w.Clients = &client.Service{DB: d, Keys: w.Keys, Journal: w.Journal, Tenants: w.Tenants}
	if w.Hasher == nil {
		w.Hasher = credential.Start(credential.Config{Cost: credential.LowestCost, Threads: 2, Log: log})
		t.Cleanup(w.Hasher.Close)
	}
	limits, err := limit.New(limit.Config{})
	w.Must(err)
	w.Login = &login.Service{
		DB: d, Keys: w.Keys, Journal: w.Journal, Clock: clk, Log: log, Clients: w.Clients, Hasher: w.Hasher,
		Shield: &shield.Shield{Clock: clk, Journal: w.Journal}, Limits: &limit.Gate{Limiter: limits, Clock: clk}, Cookies: w.Cookies,
	}
	w.Mux = web.NewMux(web.Options{Log: log, Clock: clk, Resolve: w.resolve})
	w.Must(w.Mux.Mount(w.Login.Routes()))
	for _, id := range []string{Acme, Other} {
		found, err := w.Tenants.Ensure(ctx, id, "The "+id+" company", Host(id))
		w.Must(err)
		_, err = w.Clients.Ensure(ctx, found, journal.Ref{}, App, "App of "+id, Settings)
		w.Must(err)
	}
	return w
}

// Host is where a tenant lives.
func Host(tenant string) string { return tenant + ".id.example" }

func (w *World) resolve(ctx context.Context, r *http.Request) (context.Context, error) {
	t, err := w.Tenants.ByHost(ctx, r.Host)
	if err != nil {
		return ctx, err
	}
	source := &journal.Source{UserAgent: r.UserAgent(), Host: r.Host}
	if pair, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		source.IP = pair.Addr()
	}
	return journal.WithSource(tenant.With(ctx, t), source), nil
}

// Tenant is one of the tenants as it stands.
func (w *World) Tenant(id string) *tenant.Tenant {
	w.Helper()
	t, err := w.Tenants.Reload(w.Context(), id)
	w.Must(err)
	return t
}

// Client is the tenant's application as it stands.
func (w *World) Client(id string) *client.Client {
	w.Helper()
	c, err := w.Clients.Find(w.Context(), w.Tenant(id), App)
	w.Must(err)
	return c
}

// Configure gives the tenant's application these settings.
func (w *World) Configure(id string, s client.Settings) {
	w.Helper()
	_, err := w.Clients.Ensure(w.Context(), w.Tenant(id), journal.Ref{}, App, "App of "+id, s)
	w.Must(err)
}

// Connect changes the settings of the tenant's connection.
func (w *World) Connect(id string, s connection.Settings) {
	w.Helper()
	c, err := connection.Default(w.Context(), w.DB, id)
	w.Must(err)
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		if err := connection.SetSettings(ctx, tx, id, c.ID, s); err != nil {
			return err
		}
		return w.Tenants.Changed(ctx, tx, id)
	})
}

// hash is Password's. It is made once: under the race detector each takes a second.
var hash = sync.OnceValues(func() (credential.Hash, error) {
	encoded, err := bcrypt.GenerateFromPassword([]byte(Password), credential.LowestCost)
	if err != nil {
		return credential.Hash{}, err
	}
	return credential.Parse(string(encoded))
})

// Person makes a user with the one password.
func (w *World) Person(id, email string) *user.User {
	w.Helper()
	hash, err := hash()
	w.Must(err)
	c, err := connection.Default(w.Context(), w.DB, id)
	w.Must(err)
	var u *user.User
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = user.Create(ctx, tx, user.New{Tenant: id, Connection: c.ID, Provider: c.Strategy, Email: email})
		if err != nil {
			return err
		}
		_, account, err := user.FindAccount(ctx, tx, id, c.ID, email)
		if err != nil {
			return err
		}
		return credential.Set(ctx, tx, credential.Account{Tenant: id, Connection: c.ID, Account: account.Account}, hash)
	})
	return u
}

// Enter signs a person in in the browser without the pages and their cost.
func (w *World) Enter(b *Browser, id, email string) {
	w.Helper()
	c, err := connection.Default(w.Context(), w.DB, id)
	w.Must(err)
	u, _, err := user.FindAccount(w.Context(), w.DB, id, c.ID, email)
	w.Must(err)
	var token string
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		_, token, err = session.Start(ctx, tx, session.New{Tenant: id, UserID: u.ID, Methods: []string{"pwd"}, IP: b.IP}, session.Lifetimes{Idle: tenant.DefaultIdleSessionLifetime, Absolute: tenant.DefaultSessionLifetime})
		return err
	})
	b.Plant(Host(id), w.Cookies.Name(web.SessionCookie), token)
}

// Write writes or ends the test.
func (w *World) Write(closure func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	w.Must(w.DB.Write(w.Context(), func(tx *db.Tx) error { return closure(w.Context(), tx) }))
}

// Events are the events of a tenant, the newest first.
func (w *World) Events(id string) []journal.Entry {
	w.Helper()
	_, err := w.Journal.Seal(w.Context())
	w.Must(err)
	page, err := w.Journal.List(w.Context(), journal.Filter{Tenant: id})
	w.Must(err)
	return page.Entries
}

// Hashes is how many passwords have been hashed or compared so far.
func (w *World) Hashes() int {
	w.Helper()
	registry := prometheus.NewRegistry()
	w.Must(registry.Register(w.Hasher))
	families, err := registry.Gather()
	w.Must(err)
	for _, f := range families {
		if f.GetName() == "gatehouse_password_hashes_total" {
			return int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	w.Fatal("the hasher does not count")
	return 0
}

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

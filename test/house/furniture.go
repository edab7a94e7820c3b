package house

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Neighbour is the second tenant: an application of the same id and callback
// as the demo's main one, and a person of the same address as the demo's first.
type Neighbour struct {
	Client app.DemoClient
	User   app.DemoUser
}

// folder is a furnished data folder on SQLite. Making keys and hashes takes
// seconds, so one is made for each test program and every house gets a copy.
type folder struct {
	files     map[string][]byte
	demo      *app.Demo
	neighbour *Neighbour
}

var furnishedOnce = sync.OnceValues(makeFolder)

func furnished(t testing.TB) *folder {
	t.Helper()
	f, err := furnishedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func makeFolder() (_ *folder, err error) {
	dir, err := os.MkdirTemp("", "gatehouse-house-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	a, err := app.New(ctx, config(dir), app.Options{Clock: clock.NewFake(dbtest.Start), Log: io.Discard})
	if err != nil {
		return nil, err
	}
	f := &folder{files: map[string][]byte{}}
	if f.demo, f.neighbour, err = furnishApp(ctx, a); err != nil {
		return nil, err
	}
	if err := a.Close(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			if f.files[entry.Name()], err = os.ReadFile(filepath.Join(dir, entry.Name())); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// unpack copies the folder.
func (f *folder) unpack(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range f.files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func furnish(t testing.TB, a *app.App) (*app.Demo, *Neighbour) {
	t.Helper()
	demo, neighbour, err := furnishApp(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	return demo, neighbour
}

func furnishApp(ctx context.Context, a *app.App) (*app.Demo, *Neighbour, error) {
	demo, err := a.Demo(ctx, app.DemoRequest{})
	if err != nil {
		return nil, nil, fmt.Errorf("furnish with the demo: %w", err)
	}
	t, err := a.Tenants.Ensure(ctx, "acme", "Acme", "acme.localhost")
	if err != nil {
		return nil, nil, fmt.Errorf("make the neighbour: %w", err)
	}
	main := demo.Clients["main"]
	c, err := a.Clients.Ensure(ctx, t, journal.Ref{}, main.ClientID, "Application of Acme", client.Settings{
		AppType: client.RegularWeb, FirstParty: true, TokenEndpointAuthMethod: client.MethodBasic,
		GrantTypes: []string{"authorization_code", "refresh_token"}, Callbacks: main.RedirectURIs})
	if err != nil {
		return nil, nil, err
	}
	n := &Neighbour{app.DemoClient{ClientID: c.ID, RedirectURIs: main.RedirectURIs}, app.DemoUser{Email: demo.Users[0].Email, Password: "another walk in the rain"}}
	if n.Client.ClientSecret, err = a.Clients.Secret(ctx, t.ID, c.ID); err != nil {
		return nil, nil, err
	}
	return demo, n, addPerson(ctx, a, t.ID, n.User)
}

// addPerson makes a user with a password.
func addPerson(ctx context.Context, a *app.App, tenant string, u app.DemoUser) error {
	hasher := credential.Start(credential.Config{Cost: credential.LowestCost, Threads: 1, Log: slog.New(slog.DiscardHandler)})
	defer hasher.Close()
	hash, err := hasher.Hash(ctx, u.Password)
	if err != nil {
		return err
	}
	c, err := connection.Default(ctx, a.DB, tenant)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		made, err := user.Create(ctx, tx, user.New{Tenant: tenant, Connection: c.ID, Provider: c.Strategy, Email: u.Email})
		if err != nil {
			return err
		}
		account := strings.TrimPrefix(made.ID, c.Strategy+"|")
		return credential.Set(ctx, tx, credential.Account{Tenant: tenant, Connection: c.ID, Account: account}, hash)
	})
}

package app

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/front/manage"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// DemoRequest says what the demo is made with.
type DemoRequest struct {
	RedirectURIs []string `json:"redirect_uris,omitempty"` // further callback addresses of its applications
}

// Demo is what was made: applications, APIs and people to sign in with.
type Demo struct {
	Issuer        string                 `json:"issuer"`
	CAFile        string                 `json:"ca_file,omitempty"`
	Audience      string                 `json:"audience"`
	AudienceES256 string                 `json:"audience_es256"`
	Users         []DemoUser             `json:"users"`
	Management    DemoClient             `json:"management"`
	Clients       map[string]*DemoClient `json:"clients"`
	RPCheck       *RPCheck               `json:"rp_check"`
}

// DemoUser is somebody who can sign in.
type DemoUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// DemoClient is an application.
type DemoClient struct {
	ClientID               string   `json:"client_id"`
	ClientSecret           string   `json:"client_secret,omitempty"`
	Audience               string   `json:"audience,omitempty"`
	RedirectURIs           []string `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
}

const (
	demoAudience      = "https://api.demo.example/"
	demoAudienceES256 = "https://api-es256.demo.example/"
	demoScope         = "read:demo"
	demoCallback      = "https://rp.example/cb"
)

var demoBy = journal.Ref{Type: "system", ID: "demo"}

// demoApplication is one row of the table of the demo's applications.
type demoApplication struct {
	key, id, name string
	settings      client.Settings
	apis          []string // that it may have tokens of its own for
}

func demoApplications(t *tenant.Tenant) []demoApplication {
	callbacks := []string{demoCallback, "http://localhost:3000/callback"}
	web := []string{"authorization_code", "refresh_token"}
	return []demoApplication{
		{"main", "demo-main", "Demo web application", client.Settings{AppType: client.RegularWeb, FirstParty: true, TokenEndpointAuthMethod: client.MethodBasic,
			GrantTypes: web, Callbacks: callbacks, AllowedLogoutURLs: []string{"https://rp.example/bye", "http://localhost:3000"}}, nil},
		{"other", "demo-other", "Another web application", client.Settings{AppType: client.RegularWeb, FirstParty: true, TokenEndpointAuthMethod: client.MethodBasic,
			GrantTypes: web, Callbacks: []string{demoCallback}}, nil},
		{"public", "demo-public", "Demo single-page application", client.Settings{AppType: client.SPA, FirstParty: true, TokenEndpointAuthMethod: client.MethodNone,
			GrantTypes: web, Callbacks: []string{demoCallback, "http://localhost:3000"}, AllowedLogoutURLs: []string{"http://localhost:3000"}}, nil},
		{"m2m", "demo-m2m", "Demo service", client.Settings{AppType: client.NonInteractive, FirstParty: true, TokenEndpointAuthMethod: client.MethodBasic,
			GrantTypes: []string{"client_credentials"}}, []string{demoAudience, demoAudienceES256}},
		{"management", "demo-management", "Demo management client", client.Settings{AppType: client.NonInteractive, FirstParty: true,
			TokenEndpointAuthMethod: client.MethodPost, GrantTypes: []string{"client_credentials"}}, []string{t.URL("/api/v2/")}},
	}
}

// Demo makes applications, APIs and people in the default tenant, or finds
// those it made before. Repeating it changes nothing.
func (a *App) Demo(ctx context.Context, in DemoRequest) (*Demo, error) {
	t, err := a.Tenants.Find(ctx, DefaultTenant)
	if err != nil {
		return nil, err
	}
	if err := a.demoAPIs(ctx, t); err != nil {
		return nil, err
	}
	d := &Demo{Issuer: t.Issuer, Audience: demoAudience, AudienceES256: demoAudienceES256, Clients: map[string]*DemoClient{}}
	if a.localCA != nil {
		d.CAFile = a.localCA.Path()
	}
	for _, application := range demoApplications(t) {
		made, err := a.demoClient(ctx, t, application, in.RedirectURIs)
		if err != nil {
			return nil, err
		}
		d.Clients[application.key] = made
	}
	d.Management = *d.Clients["management"]
	d.Management.Audience = t.URL("/api/v2/")
	delete(d.Clients, "management")
	for _, email := range []string{"alice@demo.example", "bob@demo.example"} {
		person, err := a.demoUser(ctx, t, email)
		if err != nil {
			return nil, err
		}
		d.Users = append(d.Users, *person)
	}
	d.RPCheck = d.rpCheck()
	return d, nil
}

func (a *App) demoAPIs(ctx context.Context, t *tenant.Tenant) error {
	for _, row := range []struct{ audience, name, algorithm string }{
		{demoAudience, "Demo API", "RS256"},
		{demoAudienceES256, "Demo API with ES256", "ES256"},
	} {
		if _, err := a.APIs.Find(ctx, t, row.audience); err == nil {
			continue
		}
		if _, err := a.APIs.Ensure(ctx, t, demoBy, row.audience, row.name, api.Settings{SigningAlgorithm: row.algorithm, AllowOfflineAccess: true,
			Scopes: []api.Scope{{Value: demoScope, Description: "Read what the demo keeps"}, {Value: "write:demo", Description: "Change what the demo keeps"}}}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) demoClient(ctx context.Context, t *tenant.Tenant, want demoApplication, further []string) (*DemoClient, error) {
	have, err := a.Clients.Find(ctx, t, want.id)
	settings := want.settings
	switch {
	case err == nil:
		settings = have.Settings
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	settings = withCallbacks(settings, further)
	if have == nil || !slices.Equal(have.Settings.Callbacks, settings.Callbacks) {
		if have, err = a.Clients.Ensure(ctx, t, demoBy, want.id, want.name, settings); err != nil {
			return nil, err
		}
	}
	if err := a.demoGrants(ctx, t, have, want.apis); err != nil {
		return nil, err
	}
	secret, err := a.Clients.Secret(ctx, t.ID, want.id)
	return &DemoClient{ClientID: want.id, ClientSecret: secret, RedirectURIs: settings.Callbacks, PostLogoutRedirectURIs: settings.AllowedLogoutURLs}, err
}

// withCallbacks adds callback addresses to an application that signs people in,
// and their origins to where it may return after logout.
func withCallbacks(s client.Settings, further []string) client.Settings {
	if len(s.AllowedLogoutURLs) == 0 {
		return s
	}
	s.Callbacks, s.AllowedLogoutURLs = slices.Clone(s.Callbacks), slices.Clone(s.AllowedLogoutURLs)
	for _, uri := range further {
		if !slices.Contains(s.Callbacks, uri) {
			s.Callbacks = append(s.Callbacks, uri)
		}
		u, err := url.Parse(uri)
		if err != nil {
			continue // Ensure refuses it and says so.
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(s.AllowedLogoutURLs, origin) {
			s.AllowedLogoutURLs = append(s.AllowedLogoutURLs, origin)
		}
	}
	return s
}

func (a *App) demoGrants(ctx context.Context, t *tenant.Tenant, c *client.Client, audiences []string) error {
	for _, audience := range audiences {
		t, err := a.Tenants.Find(ctx, t.ID)
		if err != nil {
			return err
		}
		target, err := a.APIs.Find(ctx, t, audience)
		if err != nil {
			return err
		}
		if _, err := a.APIs.FindGrant(ctx, t, c.ID, target.ID); err == nil {
			continue
		}
		scopes := []string{demoScope}
		if target.Settings.System {
			scopes = nil
			for _, s := range manage.Scopes {
				scopes = append(scopes, s.Value)
			}
		}
		if err := a.APIs.Grant(ctx, t, demoBy, c.Ref(), target, scopes); err != nil {
			return err
		}
	}
	return nil
}

// demoUser makes somebody whose password follows from the installation's keys,
// so that it can be said again without being stored.
func (a *App) demoUser(ctx context.Context, t *tenant.Tenant, email string) (*DemoUser, error) {
	c, err := connection.Default(ctx, a.DB, t.ID)
	if err != nil {
		return nil, err
	}
	var derived []byte
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		derived, err = a.Keys.Derive(ctx, tx, keyring.Scope{Tenant: t.ID, Namespace: "demo"}, email)
		return err
	}); err != nil {
		return nil, err
	}
	person := &DemoUser{email, strings.ToLower(base64.RawURLEncoding.EncodeToString(derived[:15])) + "-A1"}
	_, key, err := user.Address(email)
	if err != nil {
		return nil, err
	}
	if _, _, err := user.FindAccount(ctx, a.DB, t.ID, c.ID, key); err == nil {
		return person, nil
	}
	hash, err := a.hasher.Hash(ctx, person.Password)
	if err != nil {
		return nil, err
	}
	return person, a.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := user.Create(ctx, tx, user.New{Tenant: t.ID, Connection: c.ID, Provider: c.Strategy, Email: email, EmailVerified: true,
			Name: strings.ToUpper(email[:1]) + strings.TrimSuffix(email[1:], "@demo.example") + " Demo"})
		if err != nil {
			return err
		}
		if err := credential.Set(ctx, tx, credential.Account{Tenant: t.ID, Connection: c.ID, Account: strings.TrimPrefix(u.ID, c.Strategy+"|")}, hash); err != nil {
			return err
		}
		return a.Journal.Record(ctx, tx, journal.Event{Kind: user.Created, Tenant: t.ID, Actor: demoBy, Object: u.Ref(), Subject: u.ID})
	})
}

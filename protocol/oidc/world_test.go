package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
	"github.com/gatehouse/gatehouse/protocol/oauth"
	"github.com/gatehouse/gatehouse/protocol/oidc"
)

const (
	acme, other = "https://acme.id.example", "https://other.id.example"
	atAcme      = "acme.id.example"
	cookie      = "__Host-gatehouse"
	ann         = "ann@example.com"
	notes       = "https://notes.example/"
	callback    = "https://app.example/callback"
	bye         = "https://app.example/bye"
)

// house is a world with the whole provider.
type house struct {
	*logintest.World
	tokens *token.Service
	apis   *api.Service
}

func open(t testing.TB) *house {
	t.Helper()
	clk := clock.NewFake(dbtest.Start)
	return openOn(t, dbtest.Open(t, clk), clk)
}

func openOn(t testing.TB, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	w := logintest.Open(t, d, clk, nil)
	h := &house{World: w,
		tokens: &token.Service{DB: d, Keys: w.Keys, Journal: w.Journal, Tenants: w.Tenants},
		apis:   &api.Service{DB: d, Journal: w.Journal, Tenants: w.Tenants},
	}
	limits, err := limit.New(limit.Config{})
	w.Must(err)
	server := &oauth.Service{DB: d, Journal: w.Journal, Clock: clk, Tenants: w.Tenants, Clients: w.Clients, APIs: h.apis, Tokens: h.tokens,
		Login: w.Login, Limits: &limit.Gate{Limiter: limits, Clock: clk}}
	provider := &oidc.Service{DB: d, Journal: w.Journal, Clients: w.Clients, Tokens: h.tokens, OAuth: server, Login: w.Login, Cookies: w.Cookies}
	w.Must(w.Mux.Mount(server.Routes()))
	w.Must(w.Mux.Mount(server.Pages()))
	w.Must(w.Mux.Mount(provider.Routes()))
	w.Must(w.Mux.Mount(provider.Pages()))
	w.Must(h.tokens.Ensure(t.Context(), w.Tenant(logintest.Acme)))
	_, err = h.apis.Ensure(t.Context(), w.Tenant(logintest.Acme), journal.Ref{}, notes, "Notes",
		api.Settings{SigningAlgorithm: "ES256", Scopes: []api.Scope{{Value: "read:notes"}}})
	w.Must(err)
	return h
}

// tokens are what an application gets.
type tokens struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
}

// signIn signs a person in at Acme's application and exchanges the code.
func (h *house) signIn(b *logintest.Browser, email, scope string, more ...string) tokens {
	h.Helper()
	query := url.Values{"client_id": {logintest.App}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope}}
	for i := 0; i < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if b.Cookie(atAcme, cookie) == "" {
		h.Enter(b, logintest.Acme, email)
	}
	answer := b.Get(acme + "/authorize?" + query.Encode())
	back, err := url.Parse(answer.Location())
	h.Must(err)
	if back.Query().Get("code") == "" {
		h.Fatalf("no code: %d %s %s", answer.Status, answer.Location(), answer.Body)
	}
	return h.exchange(url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {callback}})
}

func (h *house) exchange(form url.Values) (got tokens) {
	h.Helper()
	secret, err := h.Clients.Secret(h.Context(), logintest.Acme, logintest.App)
	h.Must(err)
	form.Set("client_id", logintest.App)
	form.Set("client_secret", secret)
	h.Must(json.Unmarshal([]byte(h.Browser().Post(acme+"/oauth/token", form).Want(http.StatusOK).Body), &got))
	return got
}

// claims reads an ID token without verifying it.
func (h *house) claims(raw string) (claims map[string]any) {
	h.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	h.Must(err)
	h.Must(json.Unmarshal(payload, &claims))
	return claims
}

func (h *house) users() *user.Service {
	return &user.Service{DB: h.DB, Journal: h.Journal}
}

// ownToken is a token of the application itself for the notes API.
func (h *house) ownToken() string {
	h.Helper()
	t := h.Tenant(logintest.Acme)
	found, err := h.apis.Find(h.Context(), t, notes)
	h.Must(err)
	h.Must(h.apis.Grant(h.Context(), t, journal.Ref{}, h.Client(logintest.Acme).Ref(), found, []string{"read:notes"}))
	return h.exchange(url.Values{"grant_type": {"client_credentials"}, "audience": {notes}}).Access
}

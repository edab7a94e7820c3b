//go:build browser

package browser

import (
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// relyingParty is an application that signs its users in at the house. It
// keeps what belongs to a sign-in by its state, and the last one's ID token:
// it has one user at a time.
type relyingParty struct {
	URL      string
	server   *httptest.Server
	provider *oidc.Provider
	config   oauth2.Config
	client   *http.Client
	house    *house

	mu       sync.Mutex
	leaving  map[string]leaving // by state
	idToken  string
	answered string // how the last answer came: "GET" or "POST"
}

type leaving struct{ nonce, verifier string }

// startRelyingParty listens; join connects it with the house.
func startRelyingParty(t *testing.T) *relyingParty {
	rp := &relyingParty{leaving: map[string]leaving{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", rp.home)
	mux.HandleFunc("GET /login", rp.login)
	mux.HandleFunc("GET /logout", rp.logout)
	mux.HandleFunc("/callback", rp.callback)
	rp.server = httptest.NewServer(mux)
	t.Cleanup(rp.server.Close)
	// By its name: the form of form_post goes from https://localhost to here.
	u, err := url.Parse(rp.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	rp.URL = "http://localhost:" + u.Port()
	return rp
}

func (rp *relyingParty) join(t *testing.T, h *house) {
	t.Helper()
	rp.house, rp.client = h, h.HTTP
	provider, err := oidc.NewProvider(oidc.ClientContext(t.Context(), h.HTTP), h.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	main := h.Demo.Clients["main"]
	rp.provider = provider
	rp.config = oauth2.Config{ClientID: main.ID, ClientSecret: main.Secret, Endpoint: provider.Endpoint(), RedirectURL: rp.URL + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

var rpPage = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><title>Application</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><body style="font-family: system-ui">
{{if .Error}}<h1 id="refused">{{.Error}}</h1>{{else if .Email}}<h1 id="welcome">{{.Email}}</h1><p><a id="leave" href="/logout">Sign out</a></p>
{{else}}<h1 id="stranger">Nobody is signed in</h1><p><a id="enter" href="/login">Sign in</a></p>{{end}}`))

type rpView struct{ Email, Error string }

func (rp *relyingParty) home(w http.ResponseWriter, _ *http.Request) {
	_ = rpPage.Execute(w, rpView{})
}

// login leaves for the house. The query goes along, so that a test can ask
// for a prompt or a response mode.
func (rp *relyingParty) login(w http.ResponseWriter, r *http.Request) {
	state, l := rand.Text(), leaving{rand.Text(), oauth2.GenerateVerifier()}
	rp.mu.Lock()
	rp.leaving[state] = l
	rp.mu.Unlock()
	options := []oauth2.AuthCodeOption{oidc.Nonce(l.nonce), oauth2.S256ChallengeOption(l.verifier)}
	for name, values := range r.URL.Query() {
		options = append(options, oauth2.SetAuthURLParam(name, values[0]))
	}
	http.Redirect(w, r, rp.config.AuthCodeURL(state, options...), http.StatusSeeOther)
}

func (rp *relyingParty) callback(w http.ResponseWriter, r *http.Request) {
	view := rpView{}
	email, err := rp.redeem(r)
	if err != nil {
		view.Error = err.Error()
	}
	view.Email = email
	_ = rpPage.Execute(w, view)
}

func (rp *relyingParty) redeem(r *http.Request) (string, error) {
	rp.mu.Lock()
	l, known := rp.leaving[r.FormValue("state")]
	delete(rp.leaving, r.FormValue("state"))
	rp.answered = r.Method
	rp.mu.Unlock()
	if !known {
		return "", fmt.Errorf("the state %q is unknown", r.FormValue("state"))
	}
	if code := r.FormValue("error"); code != "" {
		return "", fmt.Errorf("%s", code)
	}
	ctx := oidc.ClientContext(r.Context(), rp.client)
	tokens, err := rp.config.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(l.verifier))
	if err != nil {
		return "", err
	}
	raw, _ := tokens.Extra("id_token").(string)
	checked, err := rp.provider.VerifierContext(ctx, &oidc.Config{ClientID: rp.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", err
	}
	if checked.Nonce != l.nonce {
		return "", fmt.Errorf("the nonce is another one")
	}
	rp.mu.Lock()
	rp.idToken = raw
	rp.mu.Unlock()
	return rp.email(ctx, tokens)
}

// email asks /userinfo, so that the access token is used too.
func (rp *relyingParty) email(ctx context.Context, tokens *oauth2.Token) (string, error) {
	info, err := rp.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return "", err
	}
	return info.Email, nil
}

// logout leaves for the house's logout; with ?hint=no it says nothing about
// whose sign-in it was.
func (rp *relyingParty) logout(w http.ResponseWriter, r *http.Request) {
	q := url.Values{"client_id": {rp.config.ClientID}, "post_logout_redirect_uri": {rp.URL}}
	if r.FormValue("hint") != "no" {
		rp.mu.Lock()
		q.Set("id_token_hint", rp.idToken)
		rp.mu.Unlock()
	}
	http.Redirect(w, r, rp.house.Issuer+"oidc/logout?"+q.Encode(), http.StatusSeeOther)
}

func (rp *relyingParty) lastAnswer() string {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	return rp.answered
}

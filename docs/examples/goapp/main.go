// Command goapp is a website that knows its people through Gatehouse: the
// complete example of docs/protect-a-go-app.md.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// site is the application: its client at the provider, and who is signed in.
type site struct {
	base     string // its own address
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	client   oauth2.Config
	logout   string   // end_session_endpoint of the provider
	people   sync.Map // session cookie → person
}

type person struct {
	Subject string `json:"sub"`
	Email   string `json:"email"`
	idToken string
	tokens  *oauth2.Token
}

func main() {
	s, err := newSite(context.Background(), os.Getenv("BASE_URL"), os.Getenv("ISSUER"), os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.login)
	mux.HandleFunc("GET /callback", s.callback)
	mux.HandleFunc("GET /profile", s.profile)
	mux.HandleFunc("GET /logout", s.leave)
	server := &http.Server{Addr: "127.0.0.1:3000", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// newSite reads everything about the provider from its discovery document.
func newSite(ctx context.Context, base, issuer, id, secret string) (*site, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Logout string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	return &site{
		base:     base,
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: id}),
		logout:   more.Logout,
		client: oauth2.Config{
			ClientID: id, ClientSecret: secret, RedirectURL: base + "/callback",
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
		},
	}, nil
}

var page = template.Must(template.New("page").Parse(`<!doctype html><title>goapp</title>
{{with .}}<p id="state">signed in</p><p id="sub">{{.Subject}}</p><p id="email">{{.Email}}</p><p id="userinfo">{{.Subject}}</p><a href="/logout">Sign out</a>
{{else}}<p id="state">signed out</p><a href="/login">Sign in</a>{{end}}`))

// home is for everyone.
func (s *site) home(w http.ResponseWriter, r *http.Request) { show(w, s.signedIn(r)) }

// profile is for people who are signed in; others sign in first.
func (s *site) profile(w http.ResponseWriter, r *http.Request) {
	p := s.signedIn(r)
	if p == nil {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	// Fresh from the provider, which may know more than the ID token of an hour ago.
	info, err := s.provider.UserInfo(r.Context(), s.client.TokenSource(r.Context(), p.tokens))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	show(w, &person{Subject: info.Subject, Email: info.Email})
}

// login sends the browser to the provider. State, nonce and PKCE verifier stay
// in a cookie: only the browser that left can come back.
func (s *site) login(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	s.cookie(w, "leaving", strings.Join([]string{state, nonce, verifier}, "."), 600)
	http.Redirect(w, r, s.client.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusFound)
}

// callback is where the provider sends the browser back to.
func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	p, err := s.redeem(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	session := rand.Text()
	s.people.Store(session, p)
	s.cookie(w, "leaving", "", -1)
	s.cookie(w, "session", session, 0)
	http.Redirect(w, r, "/", http.StatusFound)
}

// redeem checks the answer, trades its code for tokens and verifies the ID token.
func (s *site) redeem(r *http.Request) (*person, error) {
	left, err := r.Cookie("leaving")
	if err != nil {
		return nil, errors.New("this browser did not ask to sign in")
	}
	sent := strings.Split(left.Value, ".")
	query := r.URL.Query()
	if len(sent) != 3 || query.Get("state") != sent[0] {
		return nil, errors.New("this answer belongs to another sign-in")
	}
	if query.Has("error") {
		return nil, errors.New(query.Get("error_description"))
	}
	tokens, err := s.client.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(sent[2]))
	if err != nil {
		return nil, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	idToken, err := s.verifier.Verify(r.Context(), raw)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != sent[1] {
		return nil, errors.New("this ID token belongs to another sign-in")
	}
	p := &person{idToken: raw, tokens: tokens}
	return p, idToken.Claims(p)
}

// leave ends the session here, then at the provider, which sends the browser back.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	p := s.signedIn(r)
	if p == nil {
		http.Redirect(w, r, "/", http.StatusFound)
		return
	}
	if c, err := r.Cookie("session"); err == nil {
		s.people.Delete(c.Value)
	}
	s.cookie(w, "session", "", -1)
	query := url.Values{"id_token_hint": {p.idToken}, "post_logout_redirect_uri": {s.base}}
	http.Redirect(w, r, s.logout+"?"+query.Encode(), http.StatusFound)
}

func (s *site) signedIn(r *http.Request) *person {
	c, err := r.Cookie("session")
	if err != nil {
		return nil
	}
	p, _ := s.people.Load(c.Value)
	found, _ := p.(*person)
	return found
}

func show(w http.ResponseWriter, p *person) {
	if err := page.Execute(w, p); err != nil {
		log.Print(err)
	}
}

// cookie sets a cookie for age seconds: 0 until the browser closes, -1 deletes it.
func (s *site) cookie(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: strings.HasPrefix(s.base, "https:"), SameSite: http.SameSiteLaxMode,
	})
}

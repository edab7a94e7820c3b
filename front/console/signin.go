package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// The addresses of the console.
const (
	homePath     = "/console/"
	journalPath  = "/console/journal"
	livePath     = "/console/journal/live"
	checksPath   = "/console/checks"
	signInPath   = "/console/sign-in"
	signOutPath  = "/console/sign-out"
	callbackPath = "/console/callback"

	livePattern = "GET " + livePath
)

// leavingCookie holds what the answer to a sign-in is checked against: state,
// nonce, PKCE verifier and the page to return to.
const (
	leavingCookie   = "gatehouse-console-leaving"
	leavingLifetime = 15 * time.Minute
)

// askToSignIn leads a browser to the sign-in and back. A script's request is
// told instead, so that the page around it can reload.
func (s *Service) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("HX-Request") != "" || r.Method != http.MethodGet {
		return fault.New(fault.Unauthenticated, "")
	}
	to := url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, signInPath+"?to="+url.QueryEscape(to.String()), http.StatusSeeOther)
	return nil
}

// signIn sends the browser to this server's own authorization endpoint.
func (s *Service) signIn(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	_, c, err := s.relyingParty(r.Context())
	if err != nil {
		return err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	to := base64.RawURLEncoding.EncodeToString([]byte(safeReturn(p.Get("to"))))
	if err := s.Cookies.Set(w, leavingCookie, strings.Join([]string{state, nonce, verifier, to}, "."), leavingLifetime); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	return nil
}

const mostReturn = 1500 // bytes of an address that fits into a cookie

// safeReturn keeps an address inside the console: anything else would be an
// open redirect.
func safeReturn(to string) string {
	u, err := url.Parse(to)
	inside := err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && len(to) <= mostReturn &&
		(u.Path == journalPath || u.Path == checksPath || strings.HasPrefix(u.Path, journalPath+"/")) && u.Path != livePath
	if !inside || strings.Contains(to, "\\") || strings.Contains(u.Path, "..") {
		return homePath
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

// callback takes the answer: code for tokens, ID token for a session.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	left, _ := s.Cookies.Get(r, leavingCookie)
	sent := strings.Split(left, ".")
	if len(sent) != 4 || subtle.ConstantTimeCompare([]byte(p.Get("state")), []byte(sent[0])) != 1 {
		return failed("This answer belongs to another sign-in, or to one that took too long.", nil)
	}
	s.Cookies.Clear(w, leavingCookie)
	if p.Has("error") {
		return failed("The server refused: "+shorten(p.Get("error"))+".", nil)
	}
	u, sid, idToken, err := s.redeem(r.Context(), p.Get("code"), sent[1], sent[2])
	if err != nil {
		return err
	}
	former, _ := s.Cookies.Get(r, sessionCookie)
	token, err := s.startSession(r.Context(), u, sid, idToken, former)
	if err != nil {
		return err
	}
	if err := s.Cookies.Set(w, sessionCookie, token, sessionLifetime); err != nil {
		return err
	}
	web.RecordOf(r).User, web.RecordOf(r).Event = u.ID, SignedIn.Name
	to, err := base64.RawURLEncoding.DecodeString(sent[3])
	if err != nil {
		to = nil
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, safeReturn(string(to)), http.StatusSeeOther)
	return nil
}

// redeem exchanges the code and checks the ID token (OIDC Core §3.1.3.7): its
// signature, issuer, audience, time and nonce, that its sign-in is open and
// that its user may sign in.
func (s *Service) redeem(ctx context.Context, code, nonce, verifier string) (u *user.User, sid, raw string, err error) {
	provider, c, err := s.relyingParty(ctx)
	if err != nil {
		return nil, "", "", err
	}
	ctx = oidc.ClientContext(ctx, s.HTTP)
	tokens, err := c.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, "", "", failed("The code was not accepted.", err)
	}
	raw, _ = tokens.Extra("id_token").(string)
	checked, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: ClientID, Now: s.Clock.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, "", "", failed("The ID token was not accepted.", err)
	}
	var claims struct {
		SID string `json:"sid"`
	}
	if err := checked.Claims(&claims); err != nil {
		return nil, "", "", failed("The ID token was not accepted.", err)
	}
	if subtle.ConstantTimeCompare([]byte(checked.Nonce), []byte(nonce)) != 1 {
		return nil, "", "", failed("The ID token belongs to another sign-in.", nil)
	}
	open, err := s.signInOpen(ctx, claims.SID, checked.Subject, s.Clock.Now())
	if err != nil {
		return nil, "", "", err
	}
	if !open {
		return nil, "", "", failed("The sign-in has ended already.", nil)
	}
	u, err = user.Find(ctx, s.DB, s.Staff.Tenant, checked.Subject)
	return u, claims.SID, raw, err
}

// signOut ends the session here, then leads to the server's own logout, which
// ends the sign-in (OIDC RP-Initiated Logout §2).
func (s *Service) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameOrigin(r); err != nil {
		return err
	}
	who, err := s.person(r)
	if err != nil {
		return err
	}
	s.Cookies.Clear(w, sessionCookie)
	w.Header().Set("Cache-Control", "no-store")
	if who == nil {
		http.Redirect(w, r, homePath, http.StatusSeeOther)
		return nil
	}
	idToken, err := s.endSession(r.Context(), who)
	if err != nil {
		return err
	}
	provider, _, err := s.relyingParty(r.Context())
	if err != nil {
		return err
	}
	var more struct {
		Logout string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil || more.Logout == "" {
		return fmt.Errorf("discover the logout endpoint: %w", err)
	}
	q := url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {tenant.From(r.Context()).URL(homePath)}}
	http.Redirect(w, r, more.Logout+"?"+q.Encode(), http.StatusSeeOther)
	return nil
}

func failed(why string, cause error) error {
	return fault.Wrap(fault.Invalid, why, cause).WithCode(codeSignIn)
}

// shorten keeps a word from outside short and plain.
func shorten(s string) string {
	plain := strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return plain[:min(len(plain), 60)]
}

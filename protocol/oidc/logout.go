package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// logout is RP-Initiated Logout 1.0 §2. It asks the person unless an ID token
// of ours names their session: anybody can link here.
func (s *Service) logout(w http.ResponseWriter, r *http.Request) error {
	q, err := s.read(r)
	if err != nil {
		return err
	}
	open, person, err := s.Login.Session(r)
	if err != nil {
		return err
	}
	switch {
	case q.names(open):
		return s.end(w, r, q, open)
	case open == nil && q.hint != nil:
		// The browser has no session, or keeps its cookie from a post of another
		// site (SameSite): the one that the ID token names ends.
		if open, err = s.hinted(r, q.hint); err != nil {
			return err
		}
		return s.end(w, r, q, open)
	case open == nil && r.Method != http.MethodPost:
		return s.leave(w, r, q)
	}
	email := ""
	if person != nil {
		email = person.Email
	}
	return s.confirm(w, q, email)
}

// names reports whether the hint is about who is signed in here. The session
// may be a newer one than the ID token's.
func (q *request) names(open *session.Session) bool {
	return open != nil && q.hint != nil && (q.hint.Session == open.ID || q.hint.Subject == open.UserID)
}

// hinted finds the session that an ID token names; nil when it has ended.
func (s *Service) hinted(r *http.Request, hint *token.IDClaims) (*session.Session, error) {
	if hint.Session == "" {
		return nil, nil
	}
	found, err := session.FindID(r.Context(), s.DB, tenant.From(r.Context()).ID, hint.Session)
	if fault.Is(err, fault.NotFound) || err == nil && (found.UserID != hint.Subject || !found.Ended.IsZero()) {
		return nil, nil
	}
	return found, err
}

// confirmed is the answer to our own page, which nobody else can send.
func (s *Service) confirmed(w http.ResponseWriter, r *http.Request) error {
	q, err := s.read(r)
	if err != nil {
		return err
	}
	if q.params.Get("action") != "accept" {
		return login.Page(pages.InvalidRequest, "", "The answer must be accept.")
	}
	open, _, err := s.Login.Session(r)
	if err != nil {
		return err
	}
	return s.end(w, r, q, open)
}

// logoutAuth0 is the logout endpoint of Auth0, which ends the session at once
// and whose federated parameter has nothing to do here: no provider stands
// behind a session.
//
// A page elsewhere cannot do it behind the person's back: SameSite=Lax leaves
// the cookie out of what such a page loads, and the Sec-Fetch headers tell when
// a page of a neighbouring host loads a picture or a frame from here.
func (s *Service) logoutAuth0(w http.ResponseWriter, r *http.Request) error {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	if mode != "" && mode != "navigate" || dest != "" && dest != "document" {
		return login.Page(pages.Forged, "", "Signing out takes a navigation of the browser.")
	}
	q, err := s.readAuth0(r)
	if err != nil {
		return err
	}
	open, _, err := s.Login.Session(r)
	if err != nil {
		return err
	}
	return s.end(w, r, q, open)
}

// located adds state to a registered address (RP-Initiated Logout §3).
func located(uri, state string) string {
	if state == "" {
		return uri
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + "state=" + url.QueryEscape(state)
}

func language(params web.Values) string {
	first, _, _ := strings.Cut(params.Get("ui_locales"), " ")
	return first
}

// audience finds the one client that an ID token was for.
func audience(hint *token.IDClaims, clientID string) (string, bool) {
	switch {
	case hint == nil:
		return clientID, true
	case clientID != "":
		return clientID, slices.Contains(hint.Audience, clientID)
	case len(hint.Audience) == 1:
		return hint.Audience[0], true
	}
	return "", false
}

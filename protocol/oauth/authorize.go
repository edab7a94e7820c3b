package oauth

import (
	"net/http"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// authorize is the authorization endpoint (RFC 6749 §3.1).
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		return nil // Looking at the address makes no code and no journey.
	}
	a := &authorization{tenant: tenant.From(r.Context())}
	var err error
	if a.params, err = web.Params(r); err != nil {
		// Which of two clients or redirect URIs was meant cannot be known.
		return login.Page(pages.InvalidRequest, InvalidRequest, fault.Public(err))
	}
	// Every answer carries the state, that of the first check too (RFC 6749 §4.1.2.1).
	if state := a.params.Get("state"); len(state) <= longestCarried {
		a.State = state
	}
	if done, err := s.runChecks(w, r, a); done || err != nil {
		return err
	}
	return s.proceed(w, r, a, nil)
}

// runChecks runs the table. It answers by itself, and says so, when a check
// fails that may be told to the client.
func (s *Service) runChecks(w http.ResponseWriter, r *http.Request, a *authorization) (done bool, err error) {
	for _, c := range authorizeChecks {
		err := c.run(s, r.Context(), a)
		if a.client != nil {
			web.RecordOf(r).Client = a.client.ID
		}
		switch {
		case err == nil:
			continue
		case c.answer == toPage:
			if a.client != nil {
				s.recordRefused(r.Context(), a, InvalidRequest, c.what)
			}
			return true, err
		default:
			return true, s.refuseClient(w, r, a, protocolError(err))
		}
	}
	return false, nil
}

// resume goes on with a request whose person has been to our pages.
func (s *Service) resume(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		return nil
	}
	j, err := s.Login.Resume(r)
	if err != nil {
		return err
	}
	a := &authorization{tenant: tenant.From(r.Context())}
	if err := decodeRequest(j.Request, &a.Request); err != nil {
		return err
	}
	// The application may have been changed since: what mattered is looked at again.
	if a.client, err = s.Clients.Find(r.Context(), a.tenant, a.ClientID); err != nil {
		return login.Page(pages.UnknownClient, InvalidClient, "The application no longer exists.")
	}
	if !a.client.HasCallback(a.RedirectURI) {
		return login.Page(pages.RedirectMismatch, InvalidRequest, "redirect_uri is no longer one of the application's callback addresses.")
	}
	if a.Audience != "" {
		if a.api, err = s.APIs.Find(r.Context(), a.tenant, a.Audience); err != nil {
			return s.refuseClient(w, r, a, refuse(InvalidTarget, "The API no longer exists."))
		}
	}
	web.RecordOf(r).Client = a.client.ID
	return s.proceed(w, r, a, j)
}

// proceed does what the request needs next: a page, an error or a code.
func (s *Service) proceed(w http.ResponseWriter, r *http.Request, a *authorization, j *login.Journey) error {
	ctx := r.Context()
	sess, person, err := s.Login.Session(r)
	if err != nil {
		return err
	}
	next, err := s.decide(ctx, a, j, sess)
	if err != nil {
		return err
	}
	switch next {
	case needLogin, needConsent:
		if a.silent() {
			code := LoginRequired
			if next == needConsent {
				code = ConsentRequired
			}
			return s.refuseClient(w, r, a, refuse(code, "The person has to be asked, and prompt is none."))
		}
		return s.ask(w, r, a, j, next)
	case denied:
		return s.refuseClient(w, r, a, refuse(AccessDenied, "The person did not agree."))
	case granted:
		web.RecordOf(r).User = person.ID
		return s.grant(w, r, a, j, sess, person)
	}
	return nil
}

// ask sends the person to a page of ours.
func (s *Service) ask(w http.ResponseWriter, r *http.Request, a *authorization, j *login.Journey, next decision) error {
	need, consent := login.NeedLogin, (*login.Consent)(nil)
	switch {
	case next == needConsent:
		need, consent = login.NeedConsent, s.consentView(a)
	case a.SignUp && j == nil:
		need = login.NeedSignup
	}
	if j != nil {
		return s.Login.Continue(w, r, j, need, consent)
	}
	request, err := a.encode()
	if err != nil {
		return err
	}
	return s.Login.Begin(w, r, login.Begin{Client: a.client, Request: request, Need: need,
		LoginHint: a.LoginHint, Locales: a.Locales, Consent: consent})
}

// consentView is what the person is asked for, in words.
func (s *Service) consentView(a *authorization) *login.Consent {
	c := &login.Consent{}
	for _, scope := range a.Scopes {
		line := pages.Scope{Name: scope}
		if a.api != nil && a.api.Knows(scope) {
			line.Description, line.API = a.api.Describe(scope), a.api.Name
		}
		c.Scopes = append(c.Scopes, line)
	}
	return c
}

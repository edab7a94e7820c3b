package oauth

import (
	"context"
	"net/http"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// grant ends an authorization request well: it makes the code, remembers the
// consent and ends the journey, in one transaction.
func (s *Service) grant(w http.ResponseWriter, r *http.Request, a *authorization, j *login.Journey, sess *session.Session, person *user.User) error {
	secret, stored := session.NewSecret(session.CodePrefix)
	c := &code{client: a.client.ID, user: person.ID, session: sess.ID, authTime: sess.AuthTime, methods: sess.Methods,
		request: codeRequest{a.RedirectURI, a.RedirectSent, a.Challenge, a.Nonce, a.Scopes, a.Audience}}
	ctx, late := r.Context(), false
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		late = false
		if j != nil {
			first, err := s.Login.Finish(ctx, tx, j)
			if err != nil || !first {
				late = err == nil
				return err
			}
			if j.Stage.Answer(sess) == login.Accepted {
				if err := s.consented(ctx, tx, a, person); err != nil {
					return err
				}
			}
		}
		if err := insertCode(ctx, tx, a.tenant.ID, stored, c); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, s.grantedEvent(a, j, sess, person))
	})
	if err != nil {
		return err
	}
	if late {
		return login.Page(pages.SessionExpired, InvalidRequest, "This sign-in was already finished.")
	}
	return s.respond(w, r, a, [][2]string{{"code", secret}})
}

func (s *Service) grantedEvent(a *authorization, j *login.Journey, sess *session.Session, person *user.User) journal.Event {
	kind := SSO
	switch {
	case a.silent():
		kind = SilentAuthorized
	case j != nil && j.Stage.Proved(sess):
		kind = Authorized // The sign-in itself has been told.
	}
	return journal.Event{Kind: kind, Tenant: a.tenant.ID, Actor: person.Ref(), Object: a.client.Ref(),
		Related: []journal.Ref{{Type: "session", ID: sess.ID}},
		Details: map[string]any{"scope": a.scopeText(), "audience": a.Audience, "redirect_uri": a.RedirectURI}}
}

func (s *Service) consented(ctx context.Context, tx *db.Tx, a *authorization, person *user.User) error {
	if err := addConsent(ctx, tx, a.tenant.ID, person.ID, a.client.ID, a.Audience, a.Scopes); err != nil {
		return err
	}
	return s.Journal.Record(ctx, tx, journal.Event{Kind: Consented, Tenant: a.tenant.ID, Actor: person.Ref(), Object: a.client.Ref(),
		Details: map[string]any{"scope": a.scopeText(), "audience": a.Audience}})
}

// refuseClient tells the client by its redirect URI that it gets no code, and
// records it.
func (s *Service) refuseClient(w http.ResponseWriter, r *http.Request, a *authorization, e *Error) error {
	s.recordRefused(r.Context(), a, e.Code, e.Error())
	return s.respond(w, r, a, [][2]string{{"error", e.Code}, {"error_description", quoted(e.Description)}})
}

// recordRefused writes the refusal down. That this failed must not keep the
// answer from the client: nothing was given.
func (s *Service) recordRefused(ctx context.Context, a *authorization, code, why string) {
	kind := Refused
	if a.silent() {
		kind = SilentRefused
	}
	s.record(ctx, journal.Event{Kind: kind, Tenant: a.tenant.ID, Object: a.client.Ref(), Subject: a.client.ID, Description: why,
		Details: map[string]any{"error": code, "scope": a.scopeText(), "audience": a.Audience}})
}

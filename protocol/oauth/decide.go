package oauth

import (
	"context"
	"slices"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/protocol/login"
)

// decision is what an authorization request needs next.
type decision uint8

const (
	granted decision = iota
	needLogin
	needConsent
	denied
)

// decide is OpenID Connect Core §3.1.2.3 and §3.1.2.4 in one place: whether the
// person must prove themselves (again), and must agree (again).
func (s *Service) decide(ctx context.Context, a *authorization, j *login.Journey, sess *session.Session) (decision, error) {
	if s.mustSignIn(a, j, sess) {
		return needLogin, nil
	}
	if j != nil && j.Stage.Answer(sess) == login.Denied {
		return denied, nil
	}
	must, err := s.mustConsent(ctx, a, j, sess)
	if must {
		return needConsent, err
	}
	return granted, err
}

func (s *Service) mustSignIn(a *authorization, j *login.Journey, sess *session.Session) bool {
	switch {
	case sess == nil:
		return true
	case a.HintSubject != "" && a.HintSubject != sess.UserID:
		return true // Somebody else is signed in than the client expects.
	case j != nil && j.Stage.Proved(sess):
		return false // Proven within this request: fresh enough for anything.
	case a.has("login"), a.has("select_account"), a.has("create"):
		return true
	}
	return a.MaxAge >= 0 && s.Clock.Now().Sub(sess.AuthTime) >= a.maxAge()
}

func (s *Service) mustConsent(ctx context.Context, a *authorization, j *login.Journey, sess *session.Session) (bool, error) {
	if j != nil && j.Stage.Answer(sess) == login.Accepted {
		return false, nil
	}
	if a.has("consent") {
		return true, nil
	}
	if a.client.Settings.FirstParty {
		return false, nil // The operator's own applications need no leave.
	}
	given, err := findConsent(ctx, s.DB, a.tenant.ID, sess.UserID, a.client.ID, a.Audience)
	if err != nil {
		return false, err
	}
	for _, scope := range a.Scopes {
		if !slices.Contains(given, scope) {
			return true, nil
		}
	}
	return len(a.Scopes) > 0 && given == nil, nil
}

package login

import (
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// The events of signing in and up.
var (
	SignedIn       = journal.Register(journal.Kind{Name: "login.succeeded", Title: "Signed in", LogType: "s"})
	PasswordWrong  = journal.Register(journal.Kind{Name: "login.password_wrong", Title: "Sign-in failed: wrong password", LogType: "fp", Failure: true})
	UserUnknown    = journal.Register(journal.Kind{Name: "login.user_unknown", Title: "Sign-in failed: no such user", LogType: "fu", Failure: true})
	Refused        = journal.Register(journal.Kind{Name: "login.refused", Title: "Sign-in refused", LogType: "f", Failure: true})
	Blocked        = journal.Register(journal.Kind{Name: "login.blocked", Title: "Sign-in paused after too many failures", LogType: "limit_wc", Failure: true})
	AddressBlocked = journal.Register(journal.Kind{Name: "login.address_blocked", Title: "Sign-ins from an address paused after too many failures", LogType: "limit_mu", Failure: true})
	SignedUp       = journal.Register(journal.Kind{Name: "signup.succeeded", Title: "Signed up", LogType: "ss"})
	SignupRefused  = journal.Register(journal.Kind{Name: "signup.refused", Title: "Sign-up refused", LogType: "fs", Failure: true})
)

// event is an event of this visit by a user, who may be unknown.
func (v *visit) event(kind *journal.Kind, by journal.Ref, why string) journal.Event {
	return journal.Event{
		Kind: kind, Tenant: v.tenant.ID, Actor: by, Object: v.client.Ref(), Description: why,
		Related: []journal.Ref{{Type: "connection", ID: v.connection.ID, Name: v.connection.Name}},
	}
}

// stranger is an address that belongs to no user. Nothing else is known of it,
// so it has no id.
func stranger(address string) journal.Ref { return journal.Ref{Type: "user", Name: address} }

// with adds the session to an event.
func with(e journal.Event, s *session.Session) journal.Event {
	e.Related = append(e.Related, journal.Ref{Type: "session", ID: s.ID})
	return e
}

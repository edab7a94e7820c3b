package login

import (
	"context"
	"net/http"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Session is who is signed in in this browser; nil when nobody is. A blocked
// user is nobody. Asking counts as use of the session.
func (s *Service) Session(r *http.Request) (*session.Session, *user.User, error) {
	ctx := r.Context()
	t := tenant.From(ctx)
	token, ok := s.Cookies.Get(r, web.SessionCookie)
	if !ok {
		return nil, nil, nil
	}
	open, err := session.Find(ctx, s.DB, t.ID, token, s.Clock.Now())
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	u, err := user.Find(ctx, s.DB, t.ID, open.UserID)
	if fault.Is(err, fault.NotFound) || err == nil && u.Blocked {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if open.NeedsTouch(s.Clock.Now()) {
		s.touch(ctx, t, open)
	}
	web.RecordOf(r).User = u.ID
	return open, u, nil
}

// touch moves the session's idle limit. Who is signed in does not depend on it.
func (s *Service) touch(ctx context.Context, t *tenant.Tenant, open *session.Session) {
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return session.Touch(ctx, tx, open, lifetimes(t)) }); err != nil {
		s.Log.Warn("the use of a session was not remembered", "error", err)
	}
}

func lifetimes(t *tenant.Tenant) session.Lifetimes {
	idle, absolute := t.Settings.SessionLifetimes()
	return session.Lifetimes{Idle: idle, Absolute: absolute}
}

// start signs a user in in the transaction; the token is for keep.
func start(ctx context.Context, tx *db.Tx, r *http.Request, t *tenant.Tenant, userID string, former *session.Session) (*session.Session, string, error) {
	return session.Start(ctx, tx, session.New{
		Tenant: t.ID, UserID: userID, Methods: []string{"pwd"}, IP: address(r), UserAgent: r.UserAgent(), Former: former,
	}, lifetimes(t))
}

// former is the session that this browser has before a sign-in, whoever's it
// is; nil when it has none.
func (s *Service) former(r *http.Request) (*session.Session, error) {
	token, ok := s.Cookies.Get(r, web.SessionCookie)
	if !ok {
		return nil, nil
	}
	open, err := session.Find(r.Context(), s.DB, tenant.From(r.Context()).ID, token, s.Clock.Now())
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return open, err
}

// keep gives the browser its session, for as long as that can last.
func (s *Service) keep(w http.ResponseWriter, open *session.Session, token string) error {
	return s.Cookies.Set(w, web.SessionCookie, token, open.Expires.Sub(s.Clock.Now()))
}

func address(r *http.Request) string {
	if ip := web.ClientIP(r); ip.IsValid() {
		return ip.String()
	}
	return ""
}

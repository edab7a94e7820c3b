package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/record/staff"
)

// The lifetimes of a console session.
const (
	sessionLifetime = 12 * time.Hour
	sessionIdle     = time.Hour
	touchEvery      = time.Minute // how often using it writes
)

// sessionCookie holds the session's 32 random bytes.
const sessionCookie = "gatehouse-console"

// person is who uses the console in this browser.
type person struct {
	User    *user.User
	sum     []byte // of the cookie
	sid     string // of the sign-in
	idToken []byte // sealed
	seen    time.Time
}

// Ref is the person in the journal.
func (p *person) Ref() journal.Ref { return staff.Person(p.User.ID, p.User.Email) }

// person finds who the request's cookie belongs to; nil when there is no
// session any more.
func (s *Service) person(r *http.Request) (*person, error) {
	token, ok := s.Cookies.Get(r, sessionCookie)
	if !ok {
		return nil, nil
	}
	p, err := s.findSession(r.Context(), token)
	if err != nil || p == nil {
		return nil, err
	}
	// A list that refreshes itself does not keep its session alive.
	if now := s.Clock.Now(); r.Pattern != livePattern && now.Sub(p.seen) >= touchEvery {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(r.Context(), `UPDATE console_sessions SET seen_at = $3 WHERE tenant = $1 AND token = $2 AND seen_at < $3`,
				s.Staff.Tenant, p.sum, db.Micros(tx.Now))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("touch console session: %w", err)
		}
	}
	return p, nil
}

// findSession reads a session and what it hangs on: the sign-in and the user.
func (s *Service) findSession(ctx context.Context, token string) (*person, error) {
	p := &person{sum: sumOf(token)}
	var userID string
	var seen, expires int64
	err := s.DB.QueryRow(ctx, `SELECT user_id, session, id_token, seen_at, expires_at FROM console_sessions WHERE tenant = $1 AND token = $2`,
		s.Staff.Tenant, p.sum).Scan(&userID, &p.sid, &p.idToken, &seen, &expires)
	if db.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find console session: %w", err)
	}
	now := s.Clock.Now()
	p.seen = db.Time(seen)
	if !now.Before(db.Time(expires)) || now.Sub(p.seen) >= sessionIdle {
		return nil, nil
	}
	if open, err := s.signInOpen(ctx, p.sid, userID, now); err != nil || !open {
		return nil, err
	}
	if p.User, err = user.Find(ctx, s.DB, s.Staff.Tenant, userID); err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		return nil, err
	}
	if p.User.Blocked {
		return nil, nil
	}
	return p, nil
}

// signInOpen reports whether the sign-in is open and the user's.
func (s *Service) signInOpen(ctx context.Context, sid, userID string, now time.Time) (bool, error) {
	from, err := session.FindID(ctx, s.DB, s.Staff.Tenant, sid)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return from.UserID == userID && from.State(now) == session.Open, nil
}

// startSession makes a session in place of the one that the browser had. The
// token goes to the browser and nowhere else.
func (s *Service) startSession(ctx context.Context, u *user.User, sid, idToken, former string) (token string, err error) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // It does not fail (crypto/rand).
	token = base64.RawURLEncoding.EncodeToString(b[:])
	sum := sumOf(token)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Keys.Seal(ctx, tx, s.scope(u.ID), sessionField(sum), []byte(idToken))
		if err != nil {
			return err
		}
		if former != "" {
			if err := s.removeSession(ctx, tx, sumOf(former)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO console_sessions (tenant, token, user_id, session, id_token, created_at, seen_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
			s.Staff.Tenant, sum, u.ID, sid, sealed, db.Micros(tx.Now), db.Micros(tx.Now.Add(sessionLifetime)))
		if err != nil {
			return fmt.Errorf("start console session: %w", err)
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: SignedIn, Tenant: s.Staff.Tenant, Actor: staff.Person(u.ID, u.Email),
			Related: []journal.Ref{{Type: "session", ID: sid}}})
	})
	return token, err
}

// endSession ends the session and returns the ID token it began with.
func (s *Service) endSession(ctx context.Context, p *person) (idToken string, err error) {
	raw, err := s.Keys.Open(ctx, s.DB, s.scope(p.User.ID), sessionField(p.sum), p.idToken)
	if err != nil {
		return "", fmt.Errorf("open the console session's ID token: %w", err)
	}
	return string(raw), s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.removeSession(ctx, tx, p.sum); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: SignedOut, Tenant: s.Staff.Tenant, Actor: p.Ref(),
			Related: []journal.Ref{{Type: "session", ID: p.sid}}})
	})
}

func (s *Service) removeSession(ctx context.Context, tx *db.Tx, sum []byte) error {
	if _, err := tx.Exec(ctx, `DELETE FROM console_sessions WHERE tenant = $1 AND token = $2`, s.Staff.Tenant, sum); err != nil {
		return fmt.Errorf("end console session: %w", err)
	}
	return nil
}

// Prune deletes the sessions that are over. It is the body of a job.
func (s *Service) Prune(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM console_sessions WHERE expires_at <= $1`, db.Micros(tx.Now)); err != nil {
			return fmt.Errorf("prune console sessions: %w", err)
		}
		return nil
	})
}

func (s *Service) scope(userID string) keyring.Scope {
	return keyring.Scope{Tenant: s.Staff.Tenant, Namespace: "console", Subject: userID}
}

func sessionField(sum []byte) keyring.Field {
	return keyring.Field{Table: "console_sessions", Column: "id_token", Row: hex.EncodeToString(sum)}
}

func sumOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

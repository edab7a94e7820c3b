package session

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// New is what a sign-in is made of.
type New struct {
	Tenant    string
	UserID    string
	Methods   []string // RFC 8176: pwd, otp, …
	IP        string
	UserAgent string
	// Former is the session that the browser had before the sign-in, or nil. If
	// it is the same user's and open, it lives on under a new token, so that
	// applications keep their sid; otherwise it ends.
	Former *Session
}

// mostUserAgent keeps what browsers send and cuts what nobody should.
const mostUserAgent = 512 // bytes

// shorten also drops what is not UTF-8: a header may hold any byte, a database
// may not.
func shorten(userAgent string) string {
	return strings.ToValidUTF8(userAgent[:min(len(userAgent), mostUserAgent)], "")
}

// Start signs a user in. The token goes to the browser and nowhere else.
func Start(ctx context.Context, tx *db.Tx, n New, l Lifetimes) (*Session, string, error) {
	n.UserAgent = shorten(n.UserAgent)
	token, sum := newToken()
	s := &Session{
		Tenant: n.Tenant, ID: rand.Text(), UserID: n.UserID, AuthTime: tx.Now, Methods: n.Methods, IP: n.IP, UserAgent: n.UserAgent,
		Created: tx.Now, Seen: tx.Now, Expires: tx.Now.Add(l.Absolute),
	}
	s.IdleUntil = idleUntil(tx.Now, l, s.Expires)
	if f := n.Former; f != nil && f.Tenant == n.Tenant {
		if f.UserID == n.UserID && f.State(tx.Now) == Open {
			renewed, err := renew(ctx, tx, f, s, sum)
			if err != nil || renewed {
				return s, token, err
			}
		} else if err := End(ctx, tx, f.Tenant, f.ID); err != nil {
			return nil, "", err
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO sessions (tenant, id, token, user_id, auth_time, methods, ip, user_agent,
			created_at, seen_at, idle_until, expires_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5, $5, $9, $10, 0)`,
		s.Tenant, s.ID, sum, s.UserID, db.Micros(tx.Now), methods(s.Methods), s.IP, s.UserAgent,
		db.Micros(s.IdleUntil), db.Micros(s.Expires))
	if err != nil {
		return nil, "", fmt.Errorf("start session: %w", err)
	}
	return s, token, nil
}

// renew gives the former session the new one's proof and token. It reports
// false when the former has been ended since it was read.
func renew(ctx context.Context, tx *db.Tx, former, s *Session, sum []byte) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE sessions SET token = $3, auth_time = $4, methods = $5, ip = $6, user_agent = $7,
			seen_at = $4, idle_until = $8, expires_at = $9
		WHERE tenant = $1 AND id = $2 AND ended_at = 0`,
		former.Tenant, former.ID, sum, db.Micros(s.AuthTime), methods(s.Methods), s.IP, s.UserAgent,
		db.Micros(s.IdleUntil), db.Micros(s.Expires))
	if err != nil {
		return false, fmt.Errorf("renew session: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	s.ID, s.Created = former.ID, former.Created
	return true, nil
}

func methods(list []string) db.JSON[[]string] {
	if list == nil {
		list = []string{}
	}
	return db.JSON[[]string]{V: list}
}

const columns = `tenant, id, user_id, auth_time, methods, ip, user_agent, created_at, seen_at, idle_until, expires_at, ended_at`

func scan(row interface{ Scan(...any) error }) (*Session, error) {
	var s Session
	var how db.JSON[[]string]
	var proved, created, seen, idle, expires, ended int64
	err := row.Scan(&s.Tenant, &s.ID, &s.UserID, &proved, &how, &s.IP, &s.UserAgent, &created, &seen, &idle, &expires, &ended)
	if err != nil {
		return nil, err
	}
	s.Methods, s.AuthTime, s.Created, s.Seen = how.V, db.Time(proved), db.Time(created), db.Time(seen)
	s.IdleUntil, s.Expires, s.Ended = db.Time(idle), db.Time(expires), db.Time(ended)
	return &s, nil
}

// Find finds the open session of a token. Errors: fault.NotFound when there is
// none or it is not open any more.
func Find(ctx context.Context, q db.Querier, tenant, token string, now time.Time) (*Session, error) {
	sum, ok := sumOf(token)
	if !ok {
		return nil, notFound()
	}
	s, err := found(scan(q.QueryRow(ctx, `SELECT `+columns+` FROM sessions WHERE tenant = $1 AND token = $2`, tenant, sum)))
	if err != nil {
		return nil, err
	}
	if s.State(now) != Open {
		return nil, notFound()
	}
	return s, nil
}

// FindID finds a session by its sid, open or not. Errors: fault.NotFound.
func FindID(ctx context.Context, q db.Querier, tenant, id string) (*Session, error) {
	return found(scan(q.QueryRow(ctx, `SELECT `+columns+` FROM sessions WHERE tenant = $1 AND id = $2`, tenant, id)))
}

func found(s *Session, err error) (*Session, error) {
	if db.NoRows(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("find session: %w", err)
	}
	return s, nil
}

func notFound() error { return fault.New(fault.NotFound, "There is no such session.") }

// ListOpen gives the user's open sessions, the latest used first.
func ListOpen(ctx context.Context, q db.Querier, tenant, userID string, now time.Time) ([]*Session, error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM sessions
		WHERE tenant = $1 AND user_id = $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3
		ORDER BY seen_at DESC, id`, tenant, userID, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []*Session
	for rows.Next() {
		s, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

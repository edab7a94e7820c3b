package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Session is one sign-in of a user in one browser.
type Session struct {
	Tenant    string
	ID        string // the sid of ID tokens (OIDC Back-Channel Logout §2.1); it is no secret
	UserID    string
	AuthTime  time.Time // when the user last proved who they are
	Methods   []string  // how (RFC 8176)
	IP        string
	UserAgent string
	Created   time.Time
	Seen      time.Time // at most a minute old
	IdleUntil time.Time
	Expires   time.Time
	Ended     time.Time // zero while open
}

// Lifetimes say how long a session lasts.
type Lifetimes struct {
	Idle     time.Duration // without being used
	Absolute time.Duration // in any case
}

// mostAbsolute is a year, the longest that a tenant may ask for.
const mostAbsolute = 365 * 24 * time.Hour

// Check refuses lifetimes that cannot be kept. Errors: fault.Invalid.
func (l Lifetimes) Check() error {
	if l.Idle < time.Minute || l.Absolute < l.Idle || l.Absolute > mostAbsolute {
		return fault.New(fault.Invalid, "A session's idle lifetime is at least a minute, and its absolute lifetime is no shorter and at most a year.")
	}
	return nil
}

// State says whether a session is open and, if not, why.
type State uint8

// The states.
const (
	Open    State = iota
	Idle          // not used for too long
	Expired       // too old
	Ended         // signed out, or ended from outside
)

// State is the session's at that moment. The first instant of a limit is
// beyond it.
func (s *Session) State(now time.Time) State {
	switch {
	case !s.Ended.IsZero():
		return Ended
	case !now.Before(s.Expires):
		return Expired
	case !now.Before(s.IdleUntil):
		return Idle
	}
	return Open
}

// touchEvery bounds how often using a session writes to the database.
const touchEvery = time.Minute

// NeedsTouch reports whether it is time to remember that the session is used.
func (s *Session) NeedsTouch(now time.Time) bool { return now.Sub(s.Seen) >= touchEvery }

// idleUntil never lies beyond the end.
func idleUntil(now time.Time, l Lifetimes, expires time.Time) time.Time {
	if until := now.Add(l.Idle); until.Before(expires) {
		return until
	}
	return expires
}

const tokenBytes = 32

// newToken is what the browser gets, and what the database gets.
func newToken() (token string, sum []byte) {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // It does not fail (crypto/rand).
	hash := sha256.Sum256(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), hash[:]
}

// sumOf is the sum of a token from outside; false when it cannot be one.
func sumOf(token string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenBytes {
		return nil, false
	}
	hash := sha256.Sum256(b)
	return hash[:], true
}

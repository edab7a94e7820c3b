package login

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"time"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// Life is how long a person may take from the authorization request to its
// answer.
const Life = time.Hour

// Need is what a journey asks of the person.
type Need string

// The needs, each with its page.
const (
	NeedLogin   Need = "login"
	NeedSignup  Need = "signup"
	NeedConsent Need = "consent"
)

// path is the page of the need.
func (n Need) path() string { return "/u/" + string(n) }

// Resume is the path that a journey goes on at once the person has answered.
const Resume = "/authorize/resume"

// Begin is an authorization request that needs a person.
type Begin struct {
	Client    *client.Client
	Request   []byte // in the caller's encoding, sealed while it waits
	Need      Need
	LoginHint string   // fills the address (OpenID Connect Core §3.1.2.1)
	Locales   []string // ui_locales, the preferred first
	Consent   *Consent // for NeedConsent
}

// Consent is what a person is asked to allow.
type Consent struct {
	Scopes []pages.Scope
}

// Journey is an authorization request that waits for a person, as read.
type Journey struct {
	Tenant    string
	Client    string
	State     string // its secret, in the address of its pages
	Request   []byte // as it was handed over
	LoginHint string
	Stage     Stage
	ExpiresAt time.Time

	id, browser []byte
}

// The answers to a request for consent.
const (
	Accepted = "accepted"
	Denied   = "denied"
)

// Stage is what has been settled on the way.
type Stage struct {
	Need      Need          `json:"need"`
	Language  string        `json:"language,omitempty"`   // BCP 47
	SignedIn  string        `json:"signed_in,omitempty"`  // the session whose user proved themselves in this journey
	Scopes    []pages.Scope `json:"scopes,omitempty"`     // what consent is asked for
	ConsentBy string        `json:"consent_by,omitempty"` // the session whose user is asked
	Consent   string        `json:"consent,omitempty"`    // Accepted, Denied, or "" while open
}

// Answer is what the user of that session answered to the request for consent:
// Accepted, Denied or "". Somebody else's answer is none.
func (g Stage) Answer(s *session.Session) string {
	if s == nil || g.ConsentBy != s.ID {
		return ""
	}
	return g.Consent
}

// Proved reports whether the session's user proved themselves in this journey,
// which satisfies prompt=login and any max_age.
func (g Stage) Proved(s *session.Session) bool { return s != nil && g.SignedIn == s.ID }

// address is a path that carries the journey.
func (j *Journey) address(path string) string { return path + "?state=" + url.QueryEscape(j.State) }

// belongs reports whether that browser began the journey.
func (j *Journey) belongs(browser []byte) bool {
	return subtle.ConstantTimeCompare(j.browser, browser) == 1
}

const secretBytes = 32

// newSecret is 256 random bits, as they travel and as they are stored.
func newSecret() (text string, stored []byte) {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // It does not fail (crypto/rand).
	sum := sha256.Sum256(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), sum[:]
}

// storedForm is the stored form of a secret from outside; false when it cannot
// be one.
func storedForm(text string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != secretBytes {
		return nil, false
	}
	sum := sha256.Sum256(b)
	return sum[:], true
}

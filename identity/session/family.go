package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// Family is what a user has let an application do: everything that descends
// from one authorization. Its refresh and access tokens end with it.
type Family struct {
	Tenant    string
	ID        string
	Client    string
	UserID    string
	Session   string // the sign-in it came from
	Audience  string // the API of its access tokens; "" when they are opaque
	Scopes    []string
	AuthTime  time.Time
	Methods   []string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
}

// Revoked reports whether the family has been ended.
func (f *Family) Revoked() bool { return !f.RevokedAt.IsZero() }

// Why a family ends.
const (
	CodeReplayed    = "code replayed"
	RefreshReplayed = "refresh token replayed"
	ByClient        = "revoked by the application"
	ByUser          = "revoked by the user"
	ByOperator      = "ended by an administrator"
)

// RefreshToken is one of a family's refresh tokens.
type RefreshToken struct {
	Family    *Family
	IssuedAt  time.Time
	IdleUntil time.Time
	ExpiresAt time.Time
	RotatedAt time.Time // when a newer one took its place; zero for the newest
}

// Good reports whether the token may be used now, if it is its family's newest.
func (r *RefreshToken) Good(now time.Time) bool {
	return !r.Family.Revoked() && now.Before(r.IdleUntil) && now.Before(r.ExpiresAt)
}

// AccessToken is an opaque access token.
type AccessToken struct {
	Family    *Family
	Scopes    []string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// NewFamilyID is a random id without a dot: it begins the jti of JWTs.
func NewFamilyID() string {
	var b [15]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// The beginnings of what a family hands out. They let a person and a secret
// scanner see what was found.
const (
	CodePrefix    = "gate_ac_"
	RefreshPrefix = "gate_rt_"
	AccessPrefix  = "gate_at_"
)

// NewSecret is 256 random bits behind a prefix, and what is stored of them.
// Their entropy needs no slow hash.
func NewSecret(prefix string) (secret string, stored []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:])
	secret = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, Stored(secret)
}

// Stored is what is stored of a code or token.
func Stored(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

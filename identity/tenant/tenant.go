package tenant

import (
	"context"
	"regexp"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Tenant is one identity service, as read at a generation. It is not changed
// after it was read.
type Tenant struct {
	ID         string
	Name       string // what people are shown
	Host       string // without port
	Issuer     string // with the trailing slash that Auth0's issuers have
	Settings   Settings
	Generation int64
	CreatedAt  time.Time
}

// Settings is what a tenant may set for all its applications.
type Settings struct {
	SessionLifetime     time.Duration `json:"session_lifetime,omitzero"`      // absolute; 0 is DefaultSessionLifetime
	IdleSessionLifetime time.Duration `json:"idle_session_lifetime,omitzero"` // 0 is DefaultIdleSessionLifetime
	DefaultAudience     string        `json:"default_audience,omitempty"`     // for requests that name none
	AllowedLogoutURLs   []string      `json:"allowed_logout_urls,omitempty"`  // for /v2/logout without a client
}

// The lifetimes of a sign-in where a tenant sets none.
const (
	DefaultSessionLifetime     = 168 * time.Hour
	DefaultIdleSessionLifetime = 72 * time.Hour
)

// SessionLifetimes are the idle and the absolute lifetime of a sign-in.
func (s Settings) SessionLifetimes() (idle, absolute time.Duration) {
	idle, absolute = s.IdleSessionLifetime, s.SessionLifetime
	if absolute <= 0 {
		absolute = DefaultSessionLifetime
	}
	if idle <= 0 {
		idle = DefaultIdleSessionLifetime
	}
	return min(idle, absolute), absolute
}

// URL is the address of a path at this tenant; path begins with a slash.
func (t *Tenant) URL(path string) string { return t.Issuer[:len(t.Issuer)-1] + path }

var idForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckID refuses what cannot be the left-most label of a host name (RFC 1123
// §2.1).
func CheckID(id string) error {
	if !idForm.MatchString(id) {
		return fault.Newf(fault.Invalid, "A tenant's id is made of lower-case letters, digits and hyphens, at most 63 of them; %q is not.", id)
	}
	return nil
}

type key struct{}

// With remembers the tenant that a request is for.
func With(ctx context.Context, t *Tenant) context.Context { return context.WithValue(ctx, key{}, t) }

// From is the tenant that the request is for. Every request has one: a host
// without a tenant does not reach a handler.
func From(ctx context.Context) *Tenant {
	t, _ := ctx.Value(key{}).(*Tenant)
	return t
}

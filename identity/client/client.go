package client

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"
)

// How a client proves itself at the token endpoint (RFC 7591 §2).
const (
	MethodNone  = "none"
	MethodBasic = "client_secret_basic"
	MethodPost  = "client_secret_post"
)

// The kinds of application.
const (
	RegularWeb     = "regular_web"
	SPA            = "spa"
	Native         = "native"
	NonInteractive = "non_interactive"
)

// Client is an application, as read. It is not changed after it was read.
type Client struct {
	Tenant    string
	ID        string
	Name      string
	Settings  Settings
	CreatedAt time.Time

	secret [sha256.Size]byte // of the secret; meaningless for a public client
}

// Settings is what an application may set. The names are those of the
// Management API.
type Settings struct {
	AppType                 string       `json:"app_type"`
	FirstParty              bool         `json:"is_first_party"`
	TokenEndpointAuthMethod string       `json:"token_endpoint_auth_method"`
	GrantTypes              []string     `json:"grant_types"`
	Callbacks               []string     `json:"callbacks,omitempty"`
	AllowedLogoutURLs       []string     `json:"allowed_logout_urls,omitempty"`
	RequirePKCE             bool         `json:"require_pkce,omitempty"`                 // PKCE for a confidential client; public ones always need it
	IDTokenAlgorithm        string       `json:"id_token_signed_response_alg,omitempty"` // RS256 when empty
	IDTokenLifetime         int64        `json:"id_token_lifetime,omitempty"`            // seconds; 0 is 36,000
	RefreshToken            RefreshToken `json:"refresh_token,omitzero"`
	LogoURI                 string       `json:"logo_uri,omitempty"`
}

// RefreshToken is how an application's refresh tokens live. Durations are in
// seconds, as the Management API has them.
type RefreshToken struct {
	NonRotating  bool  `json:"non_rotating,omitempty"`
	Leeway       int64 `json:"leeway,omitempty"`              // how long a rotated token is still good
	Lifetime     int64 `json:"token_lifetime,omitempty"`      // of the family; 0 is 30 days
	IdleLifetime int64 `json:"idle_token_lifetime,omitempty"` // of one token; 0 is 15 days
}

// Lifetimes are how long a family may live in all, and how long one token may
// lie unused.
func (r RefreshToken) Lifetimes() (absolute, idle time.Duration) {
	absolute, idle = 30*24*time.Hour, 15*24*time.Hour
	if r.Lifetime > 0 {
		absolute = time.Duration(r.Lifetime) * time.Second
	}
	if r.IdleLifetime > 0 {
		idle = time.Duration(r.IdleLifetime) * time.Second
	}
	return absolute, min(idle, absolute)
}

// Public reports whether the client cannot keep a secret (RFC 6749 §2.1).
func (c *Client) Public() bool { return c.Settings.TokenEndpointAuthMethod == MethodNone }

// MayUse reports whether the client may use a grant type.
func (c *Client) MayUse(grantType string) bool {
	return slices.Contains(c.Settings.GrantTypes, grantType)
}

// HasCallback reports whether uri is registered. The match is exact (RFC 9700
// §2.1), and for a native application's loopback address the port is free
// (RFC 8252 §7.3).
func (c *Client) HasCallback(uri string) bool {
	if slices.Contains(c.Settings.Callbacks, uri) {
		return true
	}
	if c.Settings.AppType != Native {
		return false
	}
	want, ok := withoutLoopbackPort(uri)
	return ok && slices.ContainsFunc(c.Settings.Callbacks, func(registered string) bool {
		have, ok := withoutLoopbackPort(registered)
		return ok && have == want
	})
}

// HasLogoutURL reports whether uri is registered to return to after logout.
func (c *Client) HasLogoutURL(uri string) bool {
	return slices.Contains(c.Settings.AllowedLogoutURLs, uri)
}

// SecretIs compares in constant time. A secret is 256 random bits, so one fast
// hash guards it: a slow one would only give attackers our time.
func (c *Client) SecretIs(secret string) bool {
	if c.Public() {
		return false
	}
	got := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(got[:], c.secret[:]) == 1
}

// IDTokenAlgorithm is the algorithm of the client's ID tokens.
func (c *Client) IDTokenAlgorithm() string {
	if c.Settings.IDTokenAlgorithm == "" {
		return "RS256"
	}
	return c.Settings.IDTokenAlgorithm
}

// IDTokenLifetime is how long its ID tokens are good.
func (c *Client) IDTokenLifetime() time.Duration {
	if c.Settings.IDTokenLifetime > 0 {
		return time.Duration(c.Settings.IDTokenLifetime) * time.Second
	}
	return 10 * time.Hour
}

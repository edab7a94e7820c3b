package api

import (
	"slices"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// API is a resource server, as read. It is not changed after it was read.
type API struct {
	Tenant     string
	ID         string
	Identifier string // the audience of its tokens
	Name       string
	Settings   Settings
}

// Settings is what an API may set. The names are those of the Management API.
type Settings struct {
	SigningAlgorithm   string  `json:"signing_alg"`
	TokenLifetime      int64   `json:"token_lifetime,omitempty"` // seconds; 0 is 86,400
	AllowOfflineAccess bool    `json:"allow_offline_access,omitempty"`
	Scopes             []Scope `json:"scopes,omitempty"`
	System             bool    `json:"is_system,omitempty"` // the Management API of the tenant itself
}

// Scope is one permission that an API knows.
type Scope struct {
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
}

// Grant lets an application have tokens of its own for an API.
type Grant struct {
	Client string
	API    string
	Scopes []string
}

// Lifetime is how long its access tokens are good.
func (a *API) Lifetime() time.Duration {
	if a.Settings.TokenLifetime > 0 {
		return time.Duration(a.Settings.TokenLifetime) * time.Second
	}
	return 24 * time.Hour
}

// Knows reports whether the API has that scope.
func (a *API) Knows(scope string) bool {
	return slices.ContainsFunc(a.Settings.Scopes, func(s Scope) bool { return s.Value == scope })
}

// Describe is the scope in words; "" when the API says nothing of it.
func (a *API) Describe(scope string) string {
	for _, s := range a.Settings.Scopes {
		if s.Value == scope {
			return s.Description
		}
	}
	return ""
}

// Ref is the API in a journal event.
func (a *API) Ref() journal.Ref { return journal.Ref{Type: "api", ID: a.Identifier, Name: a.Name} }

// Check refuses settings that are not in effect. Errors: fault.Invalid.
func (s Settings) Check() error {
	if s.SigningAlgorithm != "RS256" && s.SigningAlgorithm != "ES256" {
		return fault.New(fault.Invalid, "signing_alg must be RS256 or ES256.")
	}
	if s.TokenLifetime < 0 || s.TokenLifetime > 30*24*3600 {
		return fault.New(fault.Invalid, "token_lifetime is at most 30 days.")
	}
	for i, scope := range s.Scopes {
		if !validScope(scope.Value) {
			return fault.Newf(fault.Invalid, "scopes: %q is not a scope (RFC 6749 §3.3).", scope.Value)
		}
		if slices.ContainsFunc(s.Scopes[:i], func(o Scope) bool { return o.Value == scope.Value }) {
			return fault.Newf(fault.Invalid, "scopes: %q stands twice.", scope.Value)
		}
	}
	return nil
}

// validScope is the scope-token of RFC 6749 §3.3.
func validScope(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != "" && len(s) <= 280
}

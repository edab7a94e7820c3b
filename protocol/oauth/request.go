package oauth

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Request is an authorization request that passed the checks.
type Request struct {
	ClientID     string   `json:"client_id"`
	RedirectURI  string   `json:"redirect_uri"`
	RedirectSent bool     `json:"redirect_sent,omitempty"` // else the client's only one was meant
	Mode         string   `json:"mode"`
	State        string   `json:"state,omitempty"`
	Nonce        string   `json:"nonce,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	Audience     string   `json:"audience,omitempty"`
	Challenge    string   `json:"challenge,omitempty"` // S256
	Prompt       []string `json:"prompt,omitempty"`
	MaxAge       int64    `json:"max_age"` // seconds; -1 where none was sent
	LoginHint    string   `json:"login_hint,omitempty"`
	HintSubject  string   `json:"hint_subject,omitempty"` // of a verified id_token_hint
	Locales      []string `json:"locales,omitempty"`
	SignUp       bool     `json:"sign_up,omitempty"` // the person wants an account
}

// authorization is an authorization request under way.
type authorization struct {
	Request
	tenant *tenant.Tenant
	params web.Values
	client *client.Client
	api    *api.API // nil when no API is asked for
}

func (r *Request) has(prompt string) bool      { return slices.Contains(r.Prompt, prompt) }
func (r *Request) scope(scope string) bool     { return slices.Contains(r.Scopes, scope) }
func (r *Request) silent() bool                { return r.has("none") }
func (r *Request) encode() ([]byte, error)     { return json.Marshal(r) }
func (r *Request) maxAge() time.Duration       { return time.Duration(r.MaxAge) * time.Second }
func (r *Request) scopeText() string           { return strings.Join(r.Scopes, " ") }
func decodeRequest(b []byte, r *Request) error { return json.Unmarshal(b, r) }

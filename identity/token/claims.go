package token

import (
	"encoding/json"
	"strings"
	"time"
)

// AccessClaims are the claims of an access token (RFC 9068 §2.2). A struct,
// because it is encoded on the hottest path.
type AccessClaims struct {
	Issuer    string     `json:"iss"`
	Subject   string     `json:"sub"`
	Audience  Recipients `json:"aud"`
	IssuedAt  int64      `json:"iat"`
	Expires   int64      `json:"exp"`
	ID        string     `json:"jti"`
	ClientID  string     `json:"client_id"`
	AZP       string     `json:"azp,omitempty"` // what Auth0's tokens call the client
	Scope     string     `json:"scope,omitempty"`
	GrantType string     `json:"gty,omitempty"` // "client-credentials": no user stands behind it
	AuthTime  int64      `json:"auth_time,omitempty"`
}

// GrantClientCredentials marks tokens without a user.
const GrantClientCredentials = "client-credentials"

// Scopes are the single scopes of the token.
func (c *AccessClaims) Scopes() []string { return strings.Fields(c.Scope) }

// Family is the refresh-token family that the token descends from; "" when it
// has none. Such a token's jti is the family's id, a dot, and random text.
func (c *AccessClaims) Family() string {
	family, _, ok := strings.Cut(c.ID, ".")
	if !ok {
		return ""
	}
	return family
}

// Life sets when the token begins and ends, in whole seconds.
func (c *AccessClaims) Life(from time.Time, d time.Duration) {
	c.IssuedAt, c.Expires = from.Unix(), from.Add(d).Unix()
}

// Recipients are the audience of a token: one text or an array of them (RFC 7519 §4.1.3).
type Recipients []string

// MarshalJSON writes one audience as a text.
func (a Recipients) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// UnmarshalJSON reads both forms.
func (a *Recipients) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(a))
	}
	var one string
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*a = Recipients{one}
	return nil
}

// Has reports whether the token is for that audience.
func (a Recipients) Has(who string) bool {
	for _, one := range a {
		if one == who {
			return true
		}
	}
	return false
}

// End is when the token ends.
func (c *AccessClaims) End() time.Time { return time.Unix(c.Expires, 0).UTC() }

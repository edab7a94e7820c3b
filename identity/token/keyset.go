package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// KeySet is a tenant's keys as one generation has them, made ready to sign and
// verify. It is not changed after it was made.
type KeySet struct {
	keys     map[string]*Key // by kid
	current  map[string]*minter
	document []byte
}

// minter signs with one key, its headers encoded.
type minter struct {
	key        *Key
	access, id string
}

func newKeySet(keys []*Key) (*KeySet, error) {
	set := &KeySet{keys: map[string]*Key{}, current: map[string]*minter{}}
	published := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, state := range []State{Current, Next, Previous} {
		for _, k := range keys {
			if k.State != state {
				continue
			}
			set.keys[k.ID] = k
			published.Keys = append(published.Keys, k.Public)
			if state == Current {
				set.current[k.Algorithm] = &minter{k, header(k, "at+jwt"), header(k, "JWT")}
			}
		}
	}
	document, err := json.Marshal(published)
	set.document = document
	return set, err
}

// Document is the JWK set (RFC 7517 §5) to publish.
func (s *KeySet) Document() []byte { return s.document }

// Access signs an access token (RFC 9068 §2.1).
func (s *KeySet) Access(algorithm string, c *AccessClaims) (string, error) {
	m, ok := s.current[algorithm]
	if !ok {
		return "", fmt.Errorf("the tenant has no current %s key", algorithm)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	return m.key.sign(m.access, payload)
}

// ID signs an ID token (OpenID Connect Core §2).
func (s *KeySet) ID(algorithm string, claims map[string]any) (string, error) {
	m, ok := s.current[algorithm]
	if !ok {
		return "", fmt.Errorf("the tenant has no current %s key", algorithm)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	return m.key.sign(m.id, payload)
}

// ErrNotOurs is the answer to anything that this tenant did not sign, whatever
// is wrong with it.
var ErrNotOurs = errors.New("not a token of this tenant")

var accepted = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}

// longestToken bounds what is parsed.
const longestToken = 16 << 10

// verify checks the signature and the type header (RFC 8725 §3.11: one kind of
// token is not taken for another), and returns the payload.
func (s *KeySet) verify(raw, typ string) ([]byte, error) {
	// Go's base64 reads over line breaks; RFC 7515 §2 has none.
	if len(raw) > longestToken || strings.ContainsAny(raw, "\r\n") {
		return nil, ErrNotOurs
	}
	jws, err := jose.ParseSignedCompact(raw, accepted)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	h := jws.Signatures[0].Protected
	k, ok := s.keys[h.KeyID]
	// The key decides the algorithm, never the token (RFC 8725 §3.1).
	if !ok || k.Algorithm != h.Algorithm || h.ExtraHeaders[jose.HeaderType] != typ {
		return nil, ErrNotOurs
	}
	payload, err := jws.Verify(k.Public.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	return payload, nil
}

// VerifyAccess verifies an access token that issuer minted and that is good now.
func (s *KeySet) VerifyAccess(raw, issuer string, now time.Time) (*AccessClaims, error) {
	payload, err := s.verify(raw, "at+jwt")
	if err != nil {
		return nil, err
	}
	c := &AccessClaims{}
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if c.Issuer != issuer || now.Unix() >= c.Expires {
		return nil, ErrNotOurs
	}
	return c, nil
}

// IDClaims are the claims of an ID token that come back to us as a hint.
type IDClaims struct {
	Issuer   string     `json:"iss"`
	Subject  string     `json:"sub"`
	Audience Recipients `json:"aud"`
	Expires  int64      `json:"exp"`
	Session  string     `json:"sid"`
}

// VerifyHint verifies an ID token that comes back as a hint. One that has
// expired is still a hint (RP-Initiated Logout §2).
func (s *KeySet) VerifyHint(raw, issuer string) (*IDClaims, error) {
	payload, err := s.verify(raw, "JWT")
	if err != nil {
		return nil, err
	}
	c := &IDClaims{}
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if c.Issuer != issuer || c.Subject == "" {
		return nil, ErrNotOurs
	}
	return c, nil
}

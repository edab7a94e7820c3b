package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// State is where a key stands in its life.
type State string

// The states of a key.
const (
	Next     State = "next"
	Current  State = "current"
	Previous State = "previous"
	Revoked  State = "revoked" // no longer published: its tokens are refused
)

// Algorithms are those that tokens are signed with. RS256 is mandatory
// (OpenID Connect Core §15.1); ES256 is the better one.
var Algorithms = []string{"RS256", "ES256"}

// Key is one signing key.
type Key struct {
	ID        string // kid: the RFC 7638 thumbprint
	Algorithm string
	State     State
	CreatedAt time.Time
	ChangedAt time.Time
	Public    jose.JSONWebKey

	private crypto.Signer
}

const rsaBits = 2048

// generate makes a key. It takes up to a second for RSA, so it never runs in a
// transaction.
func generate(algorithm string) (*Key, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case "RS256":
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, fmt.Errorf("no key for algorithm %q", algorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("make %s key: %w", algorithm, err)
	}
	return newKey(algorithm, private)
}

func newKey(algorithm string, private crypto.Signer) (*Key, error) {
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: algorithm, Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("thumbprint: %w", err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return &Key{ID: public.KeyID, Algorithm: algorithm, Public: public, private: private}, nil
}

func (k *Key) marshalPrivate() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

func parsePrivate(der []byte) (crypto.Signer, error) {
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T does not sign", private)
	}
	return signer, nil
}

// sign makes a compact JWS (RFC 7515 §7.1) under a header that was encoded once.
func (k *Key) sign(header string, payload []byte) (string, error) {
	size := base64.RawURLEncoding.EncodedLen(len(payload))
	message := make([]byte, 0, len(header)+1+size+1+350)
	message = append(append(message, header...), '.')
	message = base64.RawURLEncoding.AppendEncode(message, payload)
	digest := sha256.Sum256(message)
	signature, err := k.signature(digest[:])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return string(base64.RawURLEncoding.AppendEncode(append(message, '.'), signature)), nil
}

// signature is PKCS #1 v1.5 for RS256 and R ‖ S for ES256 (RFC 7518 §3.3, §3.4).
func (k *Key) signature(digest []byte) ([]byte, error) {
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest)
		if err != nil {
			return nil, err
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out, nil
	}
	return nil, fmt.Errorf("no signature by a %T", k.private)
}

func header(k *Key, typ string) string {
	b, _ := json.Marshal(struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
		Kid string `json:"kid"`
	}{k.Algorithm, typ, k.ID}) // Three texts always encode.
	return base64.RawURLEncoding.EncodeToString(b)
}

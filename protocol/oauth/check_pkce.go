package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// checkPKCE is RFC 7636 with RFC 9700 §2.1.1: public clients always bind their
// code, others as they are set, and only by S256.
func (s *Service) checkPKCE(_ context.Context, a *authorization) error {
	challenge, method := a.params.Get("code_challenge"), a.params.Get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return refuse(InvalidRequest, "code_challenge_method was sent without code_challenge.")
	case challenge == "" && (a.client.Public() || a.client.Settings.RequirePKCE):
		return refuse(InvalidRequest, "code_challenge is required.")
	case challenge == "":
		return nil
	case method != "S256": // An absent method means plain (RFC 7636 §4.3).
		return refuse(InvalidRequest, "code_challenge_method must be S256.")
	case !isDigest(challenge):
		return refuse(InvalidRequest, "code_challenge is not a SHA-256 in base64url.")
	}
	a.Challenge = challenge
	return nil
}

func isDigest(challenge string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	return err == nil && len(b) == sha256.Size
}

// verifies reports whether the verifier is the challenge's (RFC 7636 §4.6). A
// code without a challenge takes no verifier: one that comes anyway shows that
// the challenge was stripped on the way (RFC 9700 §4.8.2).
func verifies(challenge, verifier string) error {
	if challenge == "" {
		if verifier != "" {
			return refuse(InvalidGrant, "code_verifier was sent, but the authorization request had no code_challenge.")
		}
		return nil
	}
	if len(verifier) < 43 || len(verifier) > 128 {
		return refuse(InvalidGrant, "code_verifier is missing or not of 43 to 128 characters.")
	}
	sum := sha256.Sum256([]byte(verifier))
	if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) != 1 {
		return refuse(InvalidGrant, "code_verifier does not match code_challenge.")
	}
	return nil
}

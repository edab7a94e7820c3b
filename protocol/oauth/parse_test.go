package oauth

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheVerifierBelongsToTheChallenge(t *testing.T) {
	// RFC 7636 Appendix B.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	for _, tt := range []struct {
		name, challenge, verifier string
		good                      bool
	}{
		{"the pair of the standard", challenge, verifier, true},
		{"no challenge and no verifier", "", "", true},
		{"a verifier and no challenge", "", verifier, false},
		{"a challenge and no verifier", challenge, "", false},
		{"the challenge as verifier", challenge, challenge, false},
		{"a verifier of 42 characters", challenge, verifier[:42], false},
		{"a verifier of 129 characters", challenge, strings.Repeat("a", 129), false},
	} {
		err := verifies(tt.challenge, tt.verifier)
		var refusal *Error
		if (err == nil) != tt.good || err != nil && (!errors.As(err, &refusal) || refusal.Code != InvalidGrant) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if !isDigest(challenge) || isDigest(challenge+"=") || isDigest(challenge[:42]) || isDigest(strings.Repeat("*", 43)) {
		t.Error("a challenge is not told from other text")
	}
}

func TestAnswersAreAddedToTheRegisteredAddress(t *testing.T) {
	values := [][2]string{{"code", "a b&c"}, {"state", "#?"}}
	for _, tt := range []struct{ uri, mode, want string }{
		{"https://app.example/cb", "query", "https://app.example/cb?code=a+b%26c&state=%23%3F"},
		{"https://app.example/cb?x=y", "query", "https://app.example/cb?x=y&code=a+b%26c&state=%23%3F"},
		{"https://app.example/cb?x=y", "fragment", "https://app.example/cb?x=y#code=a+b%26c&state=%23%3F"},
		{"com.example.app:/cb", "query", "com.example.app:/cb?code=a+b%26c&state=%23%3F"},
	} {
		if got := located(tt.uri, tt.mode, values); got != tt.want {
			t.Errorf("%s", got)
		}
	}
}

func FuzzBasic(f *testing.F) {
	for _, text := range []string{"id:secret", "a%20b:c%3Ad", ":", "id", "%zz:x", "%00:x", "\xff:x", "a:b:c"} {
		f.Add("Basic " + base64.StdEncoding.EncodeToString([]byte(text)))
	}
	f.Add("bearer x")
	f.Add("Basic")
	f.Fuzz(func(t *testing.T, header string) {
		id, secret, ok := basic(header)
		if !ok {
			return
		}
		if id == "" || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
			t.Errorf("%q gives an id that nothing can look for: %q", header, id)
		}
		again := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
		if id2, secret2, ok := basic(again); !ok || id2 != id || secret2 != secret {
			t.Errorf("%q is read as %q %q, and then as %q %q", header, id, secret, id2, secret2)
		}
	})
}

func FuzzQuoted(f *testing.F) {
	f.Add("a\"b\\c\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []byte(quoted(text)) {
			if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
				t.Errorf("%q is no error_description (RFC 6749 §5.2)", text)
			}
		}
	})
}

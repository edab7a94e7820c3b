package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

const issuer = "https://id.example/"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ring is a set with a current and a previous key of each algorithm.
var ring = sync.OnceValues(func() (*KeySet, error) {
	var keys []*Key
	for _, algorithm := range Algorithms {
		for _, state := range []State{Current, Previous} {
			k, err := generate(algorithm)
			if err != nil {
				return nil, err
			}
			k.State = state
			keys = append(keys, k)
		}
	}
	return newKeySet(keys)
})

func set(t testing.TB) *KeySet {
	t.Helper()
	s, err := ring()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func access(t testing.TB, algorithm string) string {
	t.Helper()
	c := &AccessClaims{Issuer: issuer, Subject: "auth0|1", Audience: Recipients{"https://api.example/"}, ID: "family.random", ClientID: "app", Scope: "a b"}
	c.Life(start, time.Hour)
	raw, err := set(t).Access(algorithm, c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatWasSignedIsVerified(t *testing.T) {
	for _, algorithm := range Algorithms {
		c, err := set(t).VerifyAccess(access(t, algorithm), issuer, start)
		if err != nil || c.Subject != "auth0|1" || c.Family() != "family" || len(c.Scopes()) != 2 || !c.Audience.Has("https://api.example/") {
			t.Errorf("%s: %+v, %v", algorithm, c, err)
		}
	}
}

func TestAKeySignsWithItsOwnAlgorithmOnly(t *testing.T) {
	s := set(t)
	for algorithm, m := range s.current {
		for _, claimed := range []string{"HS256", "none", "RS384", "PS256", "ES256", "RS256"} {
			if claimed == algorithm {
				continue
			}
			h, _ := json.Marshal(map[string]string{"alg": claimed, "typ": "at+jwt", "kid": m.key.ID})
			raw, err := m.key.sign(base64.RawURLEncoding.EncodeToString(h), []byte(`{"iss":"`+issuer+`","exp":9999999999}`))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.VerifyAccess(raw, issuer, start); !errors.Is(err, ErrNotOurs) {
				t.Errorf("a key of %s is believed as %s: %v", algorithm, claimed, err)
			}
		}
	}
}

func TestTokensEndAndBelong(t *testing.T) {
	raw := access(t, "ES256")
	for _, tt := range []struct {
		name   string
		issuer string
		now    time.Time
		good   bool
	}{
		{"in time", issuer, start.Add(time.Hour - time.Second), true},
		{"at its end", issuer, start.Add(time.Hour), false},
		{"another issuer", "https://other.example/", start, false},
		{"an issuer that begins alike", strings.TrimSuffix(issuer, "/"), start, false},
	} {
		if _, err := set(t).VerifyAccess(raw, tt.issuer, tt.now); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := set(t).VerifyHint(raw, issuer); err == nil {
		t.Error("an access token is taken for an ID token")
	}
}

func TestThePublishedKeysAreNoSecrets(t *testing.T) {
	var document struct{ Keys []map[string]any }
	if err := json.Unmarshal(set(t).Document(), &document); err != nil || len(document.Keys) != 4 {
		t.Fatalf("%d keys, %v", len(document.Keys), err)
	}
	for _, k := range document.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if k[private] != nil {
				t.Errorf("the document holds %q", private)
			}
		}
		if k["kid"] == "" || k["alg"] == "" || k["use"] != "sig" {
			t.Errorf("a key without its marks: %v", k)
		}
	}
}

func FuzzVerify(f *testing.F) {
	for _, algorithm := range Algorithms {
		f.Add(access(f, algorithm))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := set(t).VerifyAccess(raw, issuer, start)
		if err == nil && (c.Subject != "auth0|1" || c.Issuer != issuer) {
			t.Errorf("%q is believed: %+v", raw, c)
		}
		if err != nil && !errors.Is(err, ErrNotOurs) {
			t.Errorf("%q: %v", raw, err)
		}
		if _, err := set(t).VerifyHint(raw, issuer); err == nil {
			t.Errorf("%q is believed as a hint", raw)
		}
	})
}

package api

import (
	"strings"
	"testing"
)

func TestSettingsThatAreNotInEffect(t *testing.T) {
	scope := func(values ...string) (s Settings) {
		s.SigningAlgorithm = "ES256"
		for _, v := range values {
			s.Scopes = append(s.Scopes, Scope{Value: v})
		}
		return s
	}
	for _, tt := range []struct {
		name string
		s    Settings
		good bool
	}{
		{"scopes as Auth0 writes them", scope("read:users", "write:users"), true},
		{"no algorithm", Settings{}, false},
		{"an algorithm with a shared key", Settings{SigningAlgorithm: "HS256"}, false},
		{"a lifetime of a month", Settings{SigningAlgorithm: "RS256", TokenLifetime: 30 * 24 * 3600}, true},
		{"a lifetime of more", Settings{SigningAlgorithm: "RS256", TokenLifetime: 30*24*3600 + 1}, false},
		{"a negative lifetime", Settings{SigningAlgorithm: "RS256", TokenLifetime: -1}, false},
		{"an empty scope", scope(""), false},
		{"a scope with a space", scope("a b"), false},
		{"a scope with a quote", scope(`a"b`), false},
		{"a scope beyond ASCII", scope("lé"), false},
		{"a scope that is too long", scope(strings.Repeat("a", 281)), false},
		{"a scope twice", scope("a", "b", "a"), false},
	} {
		if err := tt.s.Check(); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

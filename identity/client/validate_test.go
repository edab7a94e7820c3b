package client

import (
	"net/url"
	"strings"
	"testing"
)

func web(change func(*Settings)) Settings {
	s := Settings{AppType: RegularWeb, TokenEndpointAuthMethod: MethodBasic, GrantTypes: []string{"authorization_code"}, Callbacks: []string{"https://app.example/cb"}}
	change(&s)
	return s
}

func TestSettingsThatAreNotSafe(t *testing.T) {
	callback := func(uri string) func(*Settings) { return func(s *Settings) { s.Callbacks = []string{uri} } }
	native := func(uri string) func(*Settings) {
		return func(s *Settings) { s.AppType, s.Callbacks = Native, []string{uri} }
	}
	for _, tt := range []struct {
		name   string
		change func(*Settings)
		good   bool
	}{
		{"an ordinary application", func(*Settings) {}, true},
		{"plain HTTP on this machine", callback("http://localhost:3000/cb"), true},
		{"plain HTTP on the loopback address", callback("http://127.0.0.1/cb"), true},
		{"plain HTTP on the loopback address of IPv6", callback("http://[::1]:8080/cb"), true},
		{"a query in a callback", callback("https://app.example/cb?x=y"), true},
		{"plain HTTP elsewhere", callback("http://app.example/cb"), false},
		{"plain HTTP to a name like this machine's", callback("http://localhost.evil.example/cb"), false},
		{"a fragment", callback("https://app.example/cb#x"), false},
		{"an empty fragment", callback("https://app.example/cb#"), false},
		{"credentials", callback("https://user@app.example/cb"), false},
		{"a wildcard", callback("https://*.app.example/cb"), false},
		{"a relative address", callback("/cb"), false},
		{"no scheme", callback("//app.example/cb"), false},
		{"no host", callback("https:///cb"), false},
		{"a script", callback("javascript:alert(1)"), false},
		{"data", callback("data:text/html,x"), false},
		{"a line break", callback("https://app.example/cb\n"), false},
		{"a space", callback("https://app.example/ cb"), false},
		{"a backslash", callback(`https://app.example\cb`), false},
		{"a private scheme of a web application", callback("com.example.app:/cb"), false},
		{"a private scheme of a native one", native("com.example.app:/cb"), true},
		{"a private scheme that is nobody's", native("app:/cb"), false},
		{"an unknown kind", func(s *Settings) { s.AppType = "toaster" }, false},
		{"an unknown method", func(s *Settings) { s.TokenEndpointAuthMethod = "private_key_jwt" }, false},
		{"an unknown grant", func(s *Settings) { s.GrantTypes = []string{"password"} }, false},
		{"an algorithm without a signature", func(s *Settings) { s.IDTokenAlgorithm = "none" }, false},
		{"a negative lifetime", func(s *Settings) { s.RefreshToken.Lifetime = -1 }, false},
		{"a public client whose tokens do not rotate", func(s *Settings) {
			s.TokenEndpointAuthMethod, s.RefreshToken.NonRotating = MethodNone, true
		}, false},
		{"a public client with tokens of its own", func(s *Settings) {
			s.TokenEndpointAuthMethod, s.GrantTypes = MethodNone, []string{"client_credentials"}
		}, false},
	} {
		if err := web(tt.change).Check(); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestOnlyANativeApplicationsLoopbackPortIsFree(t *testing.T) {
	c := &Client{Settings: Settings{AppType: Native, Callbacks: []string{"http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"}}}
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:51004/cb": true, "http://[::1]:51004/cb": true, "com.example.app:/cb": true,
		"http://127.0.0.1:51004/other": false, "http://127.0.0.2:51004/cb": false, "https://127.0.0.1:51004/cb": false, "http://localhost:51004/cb": false,
		"http://127.0.0.1:51004/cb?x=y": false, "http://evil@127.0.0.1:51004/cb": false, "http://127.0.0.1:51004/cb#x": false, "com.example.app:/cb2": false,
	} {
		if c.HasCallback(uri) != want {
			t.Errorf("%s: %v", uri, !want)
		}
	}
	c.Settings.AppType = RegularWeb
	if c.HasCallback("http://127.0.0.1:51004/cb") {
		t.Error("a web application's port is free")
	}
}

func TestSecrets(t *testing.T) {
	c := &Client{Settings: Settings{TokenEndpointAuthMethod: MethodNone}}
	if c.SecretIs("") || c.SecretIs("x") {
		t.Error("a public client has a secret")
	}
	if c.Settings.TokenEndpointAuthMethod = MethodBasic; c.SecretIs("") {
		t.Error("no secret is a secret")
	}
	if a, z := NewSecret(), NewSecret(); len(a) != 64 || a == z || len(NewID()) != 32 {
		t.Errorf("%s %s", a, z)
	}
}

func FuzzCallback(f *testing.F) {
	for _, uri := range []string{"https://app.example/cb", "http://127.0.0.1:1/cb", "javascript:alert(1)", "https://a@b/", "//x", "com.example:/cb", "https://[::1", "http://localhost\\@evil/"} {
		f.Add(uri)
	}
	native := &Client{Settings: Settings{AppType: Native, Callbacks: []string{"http://127.0.0.1/cb"}}}
	f.Fuzz(func(t *testing.T, uri string) {
		if native.HasCallback(uri) {
			u, err := url.Parse(uri)
			if err != nil || u.Hostname() != "127.0.0.1" || u.Path != "/cb" || u.Scheme != "http" {
				t.Errorf("%q is taken for the registered address", uri)
			}
		}
		if checkRedirect("callbacks", uri, RegularWeb) != nil {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || strings.ContainsAny(uri, "#\\ \r\n\t") || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			t.Errorf("%q may be registered", uri)
		}
	})
}

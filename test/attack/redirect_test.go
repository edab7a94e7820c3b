package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/test/house"
)

func TestAnUnprovenAddressIsNeverRedirectedTo(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice()).Still()
		for _, tt := range []struct{ name, param, value string }{
			{"another host", "redirect_uri", "https://evil.example/cb"},
			{"another path", "redirect_uri", "https://rp.example/cb/other"},
			{"a prefix", "redirect_uri", "https://rp.example/c"},
			{"a trailing slash", "redirect_uri", "https://rp.example/cb/"},
			{"a query added", "redirect_uri", "https://rp.example/cb?x=y"},
			{"a fragment added", "redirect_uri", "https://rp.example/cb#x"},
			{"another scheme", "redirect_uri", "http://rp.example/cb"},
			{"another case", "redirect_uri", "https://RP.example/cb"},
			{"a port", "redirect_uri", "https://rp.example:443/cb"},
			{"a subdomain", "redirect_uri", "https://x.rp.example/cb"},
			{"a host that ends alike", "redirect_uri", "https://evilrp.example/cb"},
			{"credentials", "redirect_uri", "https://rp.example@evil.example/cb"},
			{"a backslash", "redirect_uri", `https://evil.example\@rp.example/cb`},
			{"a path that climbs", "redirect_uri", "https://rp.example/x/../cb"},
			{"an escape", "redirect_uri", "https://rp.example/%63b"},
			{"a line break", "redirect_uri", "https://rp.example/cb\r\nX: y"},
			{"a tab", "redirect_uri", "https://rp.example/cb\t"},
			{"a script", "redirect_uri", "javascript:alert(1)"},
			{"data", "redirect_uri", "data:text/html,x"},
			{"no scheme", "redirect_uri", "//rp.example/cb"},
			{"another loopback port", "redirect_uri", "http://localhost:3001/callback"},
			{"none, where there are several", "redirect_uri", ""},
			{"an unknown client", "client_id", "nobody"},
			{"no client", "client_id", ""},
			{"the neighbour's case", "client_id", "DEMO-MAIN"},
		} {
			for _, further := range []string{"", "none"} {
				p := b.Get(house.Request(h.Main(), tt.param, tt.value, "prompt", further))
				if p.Status != http.StatusBadRequest || p.Location() != nil || p.Element("error-title") == nil && !strings.Contains(p.Header.Get("Content-Type"), "html") {
					t.Errorf("%s (prompt %q): %d to %q", tt.name, further, p.Status, p.Header.Get("Location"))
				}
			}
		}
	})
}

func TestRefusalsGoToTheApplication(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser().Still()
		for _, tt := range []struct {
			name, want string
			client     string
			params     []string
		}{
			{"a request object", "request_not_supported", "main", []string{"request", "e30.e30."}},
			{"a request by reference", "request_uri_not_supported", "main", []string{"request_uri", "https://rp.example/r"}},
			{"a pushed request of nobody", "request_uri_not_supported", "main", []string{"request_uri", "urn:ietf:params:oauth:request_uri:x"}},
			{"a registration", "registration_not_supported", "main", []string{"registration", "{}"}},
			{"the implicit flow", "unsupported_response_type", "main", []string{"response_type", "token"}},
			{"the hybrid flow", "unsupported_response_type", "main", []string{"response_type", "code id_token"}},
			{"no response type", "invalid_request", "main", []string{"response_type", ""}},
			{"an unknown response mode", "invalid_request", "main", []string{"response_mode", "jwt"}},
			{"a challenge sent plain", "invalid_request", "main", []string{"code_challenge_method", "plain"}},
			{"a challenge without its method", "invalid_request", "main", []string{"code_challenge_method", ""}},
			{"a method without a challenge", "invalid_request", "main", []string{"code_challenge", ""}},
			{"a challenge of the wrong length", "invalid_request", "main", []string{"code_challenge", "abc"}},
			{"a public client without PKCE", "invalid_request", "public", []string{"code_challenge", "", "code_challenge_method", ""}},
			{"prompt none with another", "invalid_request", "main", []string{"prompt", "none login"}},
			{"an unknown prompt", "invalid_request", "main", []string{"prompt", "dance"}},
			{"a max_age that is no number", "invalid_request", "main", []string{"max_age", "soon"}},
			{"a negative max_age", "invalid_request", "main", []string{"max_age", "-1"}},
			{"an unknown audience", "invalid_target", "main", []string{"audience", "https://nobody.example/"}},
			{"a hint that is no token", "invalid_request", "main", []string{"id_token_hint", "e30.e30.e30"}},
			{"prompt none and nobody signed in", "login_required", "main", []string{"prompt", "none"}},
			{"a state that is too long", "invalid_request", "main", []string{"state", strings.Repeat("s", 5000)}},
		} {
			c := h.Demo.Clients[tt.client]
			p := b.Get(house.Request(c, tt.params...))
			answer := p.Answer()
			if answer.Get("error") != tt.want || answer.Get("iss") != h.Demo.Issuer || answer.Has("code") {
				t.Errorf("%s: %v, want %s", tt.name, answer, tt.want)
			}
			if to := p.Location(); to.Scheme+"://"+to.Host+to.Path != c.RedirectURIs[0] {
				t.Errorf("%s goes to %s", tt.name, to)
			}
			if state := answer.Get("state"); state != "the-state" && tt.params[0] != "state" {
				t.Errorf("%s loses the state: %q", tt.name, state)
			}
		}
	})
}

func TestAnswersCarryNothingThatWasPutIntoTheState(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice()).Still()
		evil := "a&code=stolen#x\r\nSet-Cookie: a=b\"><script>alert(1)</script>"
		for _, mode := range []string{"query", "fragment"} {
			p := b.Get(house.Request(h.Main(), "state", evil, "response_mode", mode))
			values := p.Location().Query()
			if mode == "fragment" {
				values, _ = url.ParseQuery(p.Location().EscapedFragment())
			}
			if values.Get("state") != evil || len(values["code"]) != 1 || p.Header.Get("Set-Cookie") == "a=b" {
				t.Errorf("%s: %s", mode, p.Header.Get("Location"))
			}
			if got := p.Header.Get("Referrer-Policy"); got != "no-referrer" {
				t.Errorf("%s: the code may leak by Referer: %q", mode, got)
			}
		}
		p := b.Get(house.Request(h.Main(), "state", evil, "response_mode", "form_post"))
		if p.Status != 200 || strings.Contains(p.Body, "<script>alert") || !strings.Contains(p.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("form_post: %d %v %s", p.Status, p.Header, p.Body)
		}
	})
}

func TestLogoutReturnsOnlyWhereItMay(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		tokens := h.Exchange(h.Main(), b.Code(h.Main()))
		b.Still()
		for _, address := range []string{
			"/oidc/logout?post_logout_redirect_uri=https://evil.example/&client_id=demo-main",
			"/oidc/logout?post_logout_redirect_uri=https://evil.example/&id_token_hint=" + tokens.IDToken,
			"/oidc/logout?post_logout_redirect_uri=https://rp.example/bye",
			"/oidc/logout?post_logout_redirect_uri=https://rp.example/bye/&client_id=demo-main",
			"/oidc/logout?post_logout_redirect_uri=https://rp.example/bye&client_id=demo-other",
			"/oidc/logout?post_logout_redirect_uri=https://rp.example/bye&client_id=demo-other&id_token_hint=" + tokens.IDToken,
			"/v2/logout?returnTo=https://evil.example/",
			"/v2/logout?returnTo=//evil.example/&client_id=demo-main",
			"/v2/logout?returnTo=https://rp.example/bye",
		} {
			if p := b.Get(house.Public + address); p.Status != 400 || p.Location() != nil {
				t.Errorf("%s answers %d and goes to %v", address, p.Status, p.Location())
			}
		}
		if !b.Get(house.Request(h.Main(), "prompt", "none")).Answer().Has("code") {
			t.Error("a refused logout has signed the person out")
		}
		p := b.Get(house.Public + "/oidc/logout?post_logout_redirect_uri=https://rp.example/bye&state=s&id_token_hint=" + tokens.IDToken)
		if to := p.Location(); to == nil || to.String() != "https://rp.example/bye?state=s" {
			t.Errorf("a good logout goes to %v", to)
		}
		if b.Get(house.Request(h.Main(), "prompt", "none")).Answer().Get("error") != "login_required" {
			t.Error("logout did not sign the person out")
		}
	})
}

func TestARequestWithoutRedirectURIFollowsTheApplication(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		h.Configure("demo-other", func(s *client.Settings) { s.Callbacks = []string{"https://old.example/cb"} })
		b := h.Browser()
		page := b.Get(house.Request(h.Other(), "redirect_uri", ""))
		h.Configure("demo-other", func(s *client.Settings) { s.Callbacks = []string{"https://new.example/cb"} })
		if p := b.SignIn(page, h.Alice()); p.Status != 400 || p.Location() != nil {
			t.Errorf("a code goes to an address that is no longer registered: %d %v", p.Status, p.Location())
		}
	})
}

package attack

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/test/house"
)

const (
	form = "application/x-www-form-urlencoded"
	js   = "application/json"
)

// values that no parameter should have, already percent-encoded.
var hostile = []string{"%00", "a%00b", "%ff", "%C0%AF", "%ED%A0%80", "%", "%zz", "%u0041", "%0d%0aSet-Cookie:x=y", "%E2%80%AE", "'--", "%22%3E%3Cscript%3E",
	"../../etc/passwd", strings.Repeat("9", 400), "-1", "NaN", "%F0%9F%92%A9", "[]", "{}", "a%20%20b", "%09"}

// reads are every address that answers GET, with the parameters it knows.
var reads = []struct {
	path   string
	params []string
}{
	{"/authorize", []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "audience",
		"login_hint", "id_token_hint", "ui_locales", "code_challenge", "code_challenge_method", "screen_hint", "request", "request_uri", "x"}},
	{"/authorize/resume", []string{"state"}},
	{"/u/login", []string{"state"}},
	{"/u/signup", []string{"state"}},
	{"/u/consent", []string{"state"}},
	{"/userinfo", []string{"access_token"}},
	{"/oidc/logout", []string{"id_token_hint", "post_logout_redirect_uri", "client_id", "state", "logout_hint", "ui_locales"}},
	{"/v2/logout", []string{"client_id", "returnTo", "federated"}},
	{"/.well-known/openid-configuration", []string{"x"}},
	{"/.well-known/oauth-authorization-server", []string{"x"}},
	{"/.well-known/jwks.json", []string{"x"}},
	{"/api/v2/logs", []string{"from", "take", "page", "per_page", "q", "sort", "fields", "include_totals"}},
	{"/setup", []string{"token"}},
	{"/console/", []string{"q", "before", "kind"}},
	{"/console/callback", []string{"code", "state", "iss", "error"}},
	{"/", []string{"x"}},
	{"/nothing", []string{"x"}},
}

func TestMalformedQueriesAreTheCallersFault(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice()).Still()
		usual, err := url.Parse(house.Request(h.Main()))
		h.Must(err)
		for _, host := range []string{house.Public, "https://operator.localhost"} {
			for _, read := range reads {
				for _, param := range read.params {
					for _, value := range hostile {
						query := param + "=" + value
						if read.path == "/authorize" { // The rest is as it should be, so that the check is reached.
							q := usual.Query()
							q.Del(param)
							query += "&" + q.Encode()
						}
						r, err := http.NewRequest(http.MethodGet, host+read.path, nil)
						h.Must(err)
						r.URL.RawQuery = query
						if p := b.Get(r.URL.String()); p.Status >= 500 {
							t.Errorf("%s%s?%s=%s answers %d: %s", host, read.path, param, value, p.Status, p.Text())
						}
					}
				}
			}
		}
	})
}

func TestMalformedTokenRequests(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		c := h.Main()
		basic := house.Basic(c.ClientID, c.ClientSecret)
		raw := func(id string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(id)) }
		for _, tt := range []struct {
			name, kind, authorization, body string
			status                          int
			want                            string // the error code
		}{
			{"an empty body", form, basic, "", 400, "invalid_request"},
			{"no content type", "", basic, "grant_type=refresh_token", 415, "invalid_request"},
			{"XML", "text/xml", basic, "<a/>", 415, "invalid_request"},
			{"a multipart form", "multipart/form-data; boundary=x", basic, "--x--", 415, "invalid_request"},
			{"a content type that is none", "a/b/c;;=", basic, "a=b", 415, "invalid_request"},
			{"a form in Latin 1", form + "; charset=iso-8859-1", basic, "a=b", 415, "invalid_request"},
			{"a parameter twice", form, basic, "grant_type=refresh_token&grant_type=refresh_token", 400, "invalid_request"},
			{"an unknown parameter twice", form, basic, "grant_type=refresh_token&x=1&x=2", 400, "invalid_request"},
			{"a bad escape", form, basic, "grant_type=%zz", 400, "invalid_request"},
			{"a NUL", form, basic, "grant_type=refresh_token&refresh_token=%00", 400, "invalid_request"},
			{"bad UTF-8", form, basic, "grant_type=refresh_token&refresh_token=%ff", 400, "invalid_request"},
			{"raw bad UTF-8", form, basic, "grant_type=refresh_token&refresh_token=\xff", 400, "invalid_request"},
			{"a thousand parameters", form, basic, strings.Repeat("a=b&", 1000), 400, "invalid_request"},
			{"two megabytes", form, basic, "refresh_token=" + strings.Repeat("a", 2<<20), 413, "invalid_request"},
			{"no grant", form, basic, "code=x", 400, "invalid_request"},
			{"an unknown grant", form, basic, "grant_type=password", 400, "unsupported_grant_type"},
			{"the implicit grant", form, basic, "grant_type=implicit", 400, "unsupported_grant_type"},
			{"a grant that the application may not use", form, basic, "grant_type=client_credentials&audience=" + url.QueryEscape(h.Demo.Audience), 400, "unauthorized_client"},
			{"no code", form, basic, "grant_type=authorization_code", 400, "invalid_request"},
			{"an unknown code", form, basic, "grant_type=authorization_code&code=x&redirect_uri=x", 400, "invalid_grant"},
			{"an unknown refresh token", form, basic, "grant_type=refresh_token&refresh_token=x", 400, "invalid_grant"},
			{"JSON that breaks off", js, basic, `{"grant_type":`, 400, "invalid_request"},
			{"JSON with two equal names", js, basic, `{"grant_type":"refresh_token","grant_type":"refresh_token"}`, 400, "invalid_request"},
			{"JSON with an object inside", js, basic, `{"grant_type":{}}`, 400, "invalid_request"},
			{"JSON with a list inside", js, basic, `{"grant_type":["refresh_token"]}`, 400, "invalid_request"},
			{"a JSON list", js, basic, `[]`, 400, "invalid_request"},
			{"a JSON null", js, basic, `null`, 400, "invalid_request"},
			{"JSON with something after", js, basic, `{"grant_type":"refresh_token"} x`, 400, "invalid_request"},
			{"JSON with a NUL", js, basic, `{"grant_type":"refresh_token","refresh_token":"\u0000"}`, 400, "invalid_request"},
			{"JSON that is deep", js, basic, strings.Repeat(`{"a":`, 2000), 400, "invalid_request"},
			{"no client at all", form, "", "grant_type=refresh_token&refresh_token=x", 401, "invalid_client"},
			{"an unknown client", form, raw("nobody:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"a wrong secret", form, raw(c.ClientID + ":wrong"), "grant_type=refresh_token", 401, "invalid_client"},
			{"an empty secret", form, raw(c.ClientID + ":"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic without a colon", form, raw(c.ClientID), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic that is no base 64", form, "Basic ***", "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with a NUL in the id", form, raw("a\x00b:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with an escaped NUL", form, raw("a%00b:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with bad UTF-8", form, raw("\xff\xfe:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with escaped bad UTF-8", form, raw("%ff:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with a bad escape", form, raw("%zz:secret"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Basic with a long id", form, raw(strings.Repeat("a", 20000) + ":s"), "grant_type=refresh_token", 401, "invalid_client"},
			{"Bearer in place of Basic", form, "Bearer abc", "grant_type=refresh_token", 401, "invalid_client"},
			{"the secret by both methods", form, basic, "grant_type=refresh_token&client_secret=x", 400, "invalid_request"},
			{"two client ids", form, basic, "grant_type=refresh_token&client_id=demo-other", 400, "invalid_request"},
			{"a secret for a public client", form, "", "grant_type=refresh_token&client_id=demo-public&client_secret=x", 401, "invalid_client"},
			{"a confidential client that only names itself", form, "", "grant_type=refresh_token&client_id=demo-main", 401, "invalid_client"},
		} {
			header := http.Header{}
			for name, value := range map[string]string{"Content-Type": tt.kind, "Authorization": tt.authorization} {
				if value != "" {
					header.Set(name, value)
				}
			}
			for _, path := range []string{"/oauth/token", "/oauth/revoke", "/oauth/introspect"} {
				a := h.Send(http.MethodPost, house.Public+path, header.Clone(), tt.body)
				object := a.JSON()
				switch {
				case a.Status >= 500 || object == nil && a.Status != 200:
					t.Errorf("%s at %s: %d %s", tt.name, path, a.Status, a.Body)
				case path != "/oauth/token":
				case a.Status != tt.status || object["error"] != tt.want:
					t.Errorf("%s: %d %s, want %d %s", tt.name, a.Status, a.Body, tt.status, tt.want)
				case a.Header.Get("Cache-Control") != "no-store":
					t.Errorf("%s: may be kept: %q", tt.name, a.Header.Get("Cache-Control"))
				case tt.status == 401 && strings.HasPrefix(tt.authorization, "Basic") && !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic"):
					t.Errorf("%s: RFC 6749 §5.2 asks for a challenge, not %q", tt.name, a.Header.Get("WWW-Authenticate"))
				}
			}
		}
	})
}

func TestMalformedRequestsBelowTheForms(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, request := range []string{
			"GET / HTTP/1.1\r\n\r\n", // no host
			"GET / HTTP/1.1\r\nHost: localhost\r\nHost: acme.localhost\r\n\r\n", // two
			"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",                          // no name
			"GET https://%ff/authorize HTTP/1.1\r\nHost: localhost\r\n\r\n",     // nor this one
			"GET https://%ff%00/ HTTP/1.1\r\nHost: localhost\r\n\r\n",           //
			"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",                     //
			"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",                      //
			"GET /api/v2/logs/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",          //
			"GET /api/v2/logs/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",          //
			"GET /u/../authorize HTTP/1.1\r\nHost: localhost\r\n\r\n",           //
			"GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",           // no redirect to there
			"GET /%2f%2fevil.example HTTP/1.1\r\nHost: localhost\r\n\r\n",       //
			"GET /" + strings.Repeat("a", 20000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
			"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + form + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
			"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"BREW /authorize HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"GET /userinfo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
			"GET /userinfo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
			"GET /authorize HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-gatehouse=\xff; ;;=; __Host-gatehouse=x\r\nUser-Agent: \xff\r\n\r\n",
		} {
			line, _, _ := strings.Cut(request, "\r\n")
			a := h.Raw("localhost", request)
			if a == nil {
				continue // Hung up, which is an answer to that.
			}
			if a.Status >= 500 || a.Status >= 300 && a.Status < 400 && strings.Contains(a.Header.Get("Location"), "evil") {
				t.Errorf("%.60q answers %d to %q: %s", line, a.Status, a.Header.Get("Location"), a.Body)
			}
		}
	})
}

func TestMalformedAccessTokens(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, token := range []string{"x", "a.b.c", "..", "gate_at_", "e30.e30.", strings.Repeat("a.", 3000), "eyJhbGciOiJub25lIn0.e30.",
			strings.Repeat("a", 30000), "eyJhbGciOiJIUzI1NiIsImtpZCI6IlwwIn0.e30.e30"} {
			if a := h.Userinfo(token); a.Status != 401 || !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
				t.Errorf("%.30q: %d %v", token, a.Status, a.Header)
			}
			if h.Introspect(h.Main(), token) {
				t.Errorf("%.30q is active", token)
			}
			if a := h.Revoke(h.Main(), token); a.Status != 200 {
				t.Errorf("revoking %.30q answers %d: %s", token, a.Status, a.Body)
			}
		}
		if a := h.Send(http.MethodGet, house.Public+"/userinfo", nil, ""); a.Status != 401 || strings.Contains(a.Header.Get("WWW-Authenticate"), "error") {
			t.Errorf("without a token: %d %v; RFC 6750 §3.1 wants no error code", a.Status, a.Header)
		}
		good := h.Exchange(h.Main(), h.SignedIn(h.Alice()).Code(h.Main()))
		if a := h.Send(http.MethodGet, house.Public+"/userinfo?access_token="+good.AccessToken, nil, ""); a.Status != 401 {
			t.Errorf("a token in the query is taken: %d", a.Status)
		}
		header := http.Header{"Authorization": {"Bearer " + good.AccessToken}, "Content-Type": {form}}
		if a := h.Send(http.MethodPost, house.Public+"/userinfo", header, "access_token="+good.AccessToken); a.Status != 400 {
			t.Errorf("a token by two methods answers %d", a.Status)
		}
	})
}

func TestMalformedForms(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, tt := range []struct{ hint, user, password string }{
			{"", "username", "password"},
			{"signup", "email", "password"},
		} {
			b := h.Browser()
			b.Header.Set("User-Agent", "\xff\xfe "+strings.Repeat("a", 2000))
			page := b.Get(house.Request(h.Main(), "screen_hint", tt.hint))
			for _, value := range append(hostile, strings.Repeat("a", 15000)) {
				value, err := url.QueryUnescape(value)
				if err != nil {
					continue
				}
				for _, field := range []string{tt.user, tt.password, "action"} {
					answer := b.Submit(page, tt.user, "nobody@demo.example", tt.password, "1", field, value)
					if answer.Status >= 500 { // A password may be anything.
						t.Errorf("%s %q answers %d: %s", field, value, answer.Status, answer.Text())
					}
				}
			}
		}
		b := h.Browser()
		b.Header.Set("User-Agent", "\xff\xfe")
		b.Header.Set("Auth0-Client", "\xff")
		if !b.SignIn(b.Get(house.Request(h.Main())), h.Alice()).Answer().Has("code") {
			t.Error("a browser with a strange name cannot sign in")
		}
	})
}

func TestMalformedCookies(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, value := range []string{"x", "a.b", strings.Repeat("a", 3000), "%00", "' OR 1=1 --", strings.Repeat("A", 43)} {
			for _, name := range []string{"__Host-gatehouse", "__Host-gatehouse-journey"} {
				header := http.Header{"Cookie": {fmt.Sprintf("%s=%s", name, value)}}
				for _, address := range []string{house.Request(h.Main()), house.Public + "/u/login?state=x", house.Public + "/oidc/logout"} {
					if a := h.Send(http.MethodGet, address, header.Clone(), ""); a.Status >= 500 {
						t.Errorf("%s=%.20q at %s answers %d", name, value, address, a.Status)
					}
				}
			}
		}
	})
}

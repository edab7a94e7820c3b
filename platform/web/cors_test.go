package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

func TestCORS(t *testing.T) {
	app := &web.CORS{Credentials: true, Origin: func(_ *http.Request, origin string) bool { return origin == "https://app.example" }}
	h := newHouse(t, web.Options{}, one(
		web.Route{Pattern: "GET /keys", Permission: "public", Handle: ok, CORS: web.AnyOrigin},
		web.Route{Pattern: "POST /token", Permission: "public", CORS: web.AnyOrigin, Handle: func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.Invalid, "")
		}},
		web.Route{Pattern: "POST /silent", Permission: "public", Handle: ok, CORS: app},
		web.Route{Pattern: "POST /login", Permission: "public", Handle: ok},
	))
	type seen struct {
		status                             int
		origin, credentials, methods, vary string
	}
	for _, tt := range []struct {
		name, method, path, origin, asks string
		want                             seen
	}{
		{"any page reads the keys", "GET", "/keys", "https://any.example", "", seen{200, "*", "", "", ""}},
		{"any page may ask for a token", "OPTIONS", "/token", "https://any.example", "POST", seen{204, "*", "", "POST", ""}},
		{"an error of the token endpoint is readable", "POST", "/token", "https://any.example", "", seen{400, "*", "", "", ""}},
		{"a preflight for another method permits nothing", "OPTIONS", "/token", "https://any.example", "DELETE", seen{204, "", "", "", ""}},
		{"a known origin may send cookies", "POST", "/silent", "https://app.example", "", seen{200, "https://app.example", "true", "", "Origin"}},
		{"its preflight says so", "OPTIONS", "/silent", "https://app.example", "POST", seen{204, "https://app.example", "true", "POST", "Origin"}},
		{"an unknown origin may not", "POST", "/silent", "https://evil.example", "", seen{200, "", "", "", "Origin"}},
		{"nor may its preflight", "OPTIONS", "/silent", "https://evil.example", "POST", seen{204, "", "", "", "Origin"}},
		{"the null origin is nobody", "POST", "/silent", "null", "", seen{200, "", "", "", "Origin"}},
		{"a route without CORS permits nothing", "POST", "/login", "https://app.example", "", seen{200, "", "", "", ""}},
		{"nor does its preflight", "OPTIONS", "/login", "https://app.example", "POST", seen{204, "", "", "", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.path, nil)
			r.Header.Set("Origin", tt.origin)
			if tt.asks != "" {
				r.Header.Set("Access-Control-Request-Method", tt.asks)
			}
			w := h.do(r)
			header := w.Header()
			got := seen{w.Code, header.Get("Access-Control-Allow-Origin"), header.Get("Access-Control-Allow-Credentials"),
				header.Get("Access-Control-Allow-Methods"), header.Get("Vary")}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		name, method, site, origin string
		ok                         bool
	}{
		{"our own form is taken", "POST", "same-origin", "https://id.example.com", true},
		{"a typed address is taken", "POST", "none", "", true},
		{"a form of another site is not", "POST", "cross-site", "https://evil.example", false},
		{"a form of a neighbouring host is not", "POST", "same-site", "https://other.example.com", false},
		{"an old browser is judged by Origin", "POST", "", "https://evil.example", false},
		{"a page without an origin is not", "POST", "", "null", false},
		{"our own Origin is taken", "POST", "", "https://id.example.com", true},
		{"a program that is no browser is taken", "POST", "", "", true},
		{"a link from another site is taken, as it changes nothing", "GET", "cross-site", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "https://id.example.com/login", nil)
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if err := web.SameOrigin(r); (err == nil) != tt.ok || err != nil && !fault.Is(err, fault.Forbidden) {
				t.Errorf("got %v", err)
			}
		})
	}
}

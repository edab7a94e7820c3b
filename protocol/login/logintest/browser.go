package logintest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gatehouse/gatehouse/ui/uitest"
)

// Browser keeps cookies by host, as browsers do with those of the __Host- kind.
// It follows no redirect by itself.
type Browser struct {
	world   *World
	cookies map[string]map[string]string
	IP      string
	Header  http.Header // sent with every request
}

// Browser opens a browser without cookies.
func (w *World) Browser() *Browser {
	return &Browser{world: w, cookies: map[string]map[string]string{}, IP: "192.0.2.10", Header: http.Header{}}
}

// Answer is what came back.
type Answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
}

// Get visits an address: https://host/path.
func (b *Browser) Get(address string) *Answer {
	b.world.Helper()
	return b.send(httptest.NewRequestWithContext(b.world.Context(), http.MethodGet, address, nil))
}

// Post sends a form from a page of the same origin.
func (b *Browser) Post(address string, form url.Values) *Answer {
	b.world.Helper()
	return b.post(address, form, "same-origin")
}

// PostFromElsewhere sends a form from a page of another site. The browser keeps
// its cookies: they are SameSite=Lax.
func (b *Browser) PostFromElsewhere(address string, form url.Values) *Answer {
	b.world.Helper()
	kept := b.cookies
	b.cookies = map[string]map[string]string{}
	answer := b.post(address, form, "cross-site")
	for host, set := range b.cookies {
		if kept[host] == nil {
			kept[host] = map[string]string{}
		}
		maps.Copy(kept[host], set)
	}
	b.cookies = kept
	return answer
}

func (b *Browser) post(address string, form url.Values, site string) *Answer {
	b.world.Helper()
	r := httptest.NewRequestWithContext(b.world.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	return b.send(r)
}

// send sends a request with the browser's cookies and keeps those that come back.
func (b *Browser) send(r *http.Request) *Answer {
	b.world.Helper()
	r.RemoteAddr = b.IP + ":40000"
	maps.Copy(r.Header, b.Header)
	for name, value := range b.cookies[r.Host] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.world.Mux.ServeHTTP(w, r)
	for _, c := range (&http.Response{Header: w.Header()}).Cookies() {
		b.keep(r.Host, c)
	}
	return &Answer{b.world.TB, w.Code, w.Header(), w.Body.String()}
}

func (b *Browser) keep(host string, c *http.Cookie) {
	b.world.Helper()
	if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		b.world.Errorf("an unsafe cookie: %s", c)
	}
	if c.MaxAge < 0 {
		delete(b.cookies[host], c.Name)
		return
	}
	b.Plant(host, c.Name, c.Value)
}

// Plant puts a cookie into the browser.
func (b *Browser) Plant(host, name, value string) {
	if b.cookies[host] == nil {
		b.cookies[host] = map[string]string{}
	}
	b.cookies[host][name] = value
}

// Cookie is the value of a cookie, or "".
func (b *Browser) Cookie(host, name string) string { return b.cookies[host][name] }

// Location is where the answer sends the browser.
func (a *Answer) Location() string { return a.Header.Get("Location") }

// Page is the answer's page, after it has been found to keep the rules of
// pages, in itself and in its headers.
func (a *Answer) Page() *html.Node {
	a.t.Helper()
	for name, want := range map[string]string{
		"X-Frame-Options": "DENY", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
	} {
		if got := a.Header.Get(name); got != want {
			a.t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			a.t.Errorf("the content security policy %q lacks %s", policy, want)
		}
	}
	return uitest.Page(a.t.(*testing.T), []byte(a.Body))
}

// Want ends the test unless the answer has that status.
func (a *Answer) Want(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

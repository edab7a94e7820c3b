package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/web"
)

func TestCookiesOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cookies web.Cookies
		age     time.Duration
		want    string
	}{
		{"a secure cookie is bound to its host", web.Cookies{Secure: true}, time.Hour, "__Host-gatehouse=abc; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{"without an age it ends with the browser", web.Cookies{Secure: true}, 0, "__Host-gatehouse=abc; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"part of a second is a second, not for ever", web.Cookies{Secure: true}, time.Millisecond, "__Host-gatehouse=abc; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax"},
		{"plain HTTP on loopback has a plain cookie", web.Cookies{}, 0, "gatehouse=abc; Path=/; HttpOnly; SameSite=Lax"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := tt.cookies.Set(w, web.SessionCookie, "abc", tt.age); err != nil {
				t.Fatal(err)
			}
			if got := w.Header().Get("Set-Cookie"); got != tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
	w := httptest.NewRecorder()
	web.Cookies{Secure: true}.Clear(w, web.JourneyCookie)
	if got := w.Header().Get("Set-Cookie"); got != "__Host-gatehouse-journey=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("cleared by %s", got)
	}
}

func TestCookieValuesThatAreRefused(t *testing.T) {
	for name, value := range map[string]string{
		"an injected header": "a\r\nSet-Cookie: b=c", "an injected attribute": "a; Domain=evil.example", "a space": "a b",
		"a quote": `a"b`, "a comma": "a,b", "no value": "", "a letter outside ASCII": "ä", "a value without end": strings.Repeat("a", 4000),
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := (web.Cookies{Secure: true}).Set(w, web.SessionCookie, value, 0); err == nil || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("it was set: %q", w.Header())
			}
		})
	}
}

func TestCookiesThatAreBelieved(t *testing.T) {
	for _, tt := range []struct{ name, header, want string }{
		{"our cookie is", "a=b; __Host-gatehouse=abc", "abc"},
		{"one without the prefix, which a neighbour could plant, is not", "gatehouse=abc", ""},
		{"two of the name are not", "__Host-gatehouse=abc; __Host-gatehouse=def", ""},
		{"the journey's is another", "__Host-gatehouse-journey=abc", ""},
		{"an empty one is not", "__Host-gatehouse=", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Cookie", tt.header)
			if got, found := (web.Cookies{Secure: true}).Get(r, web.SessionCookie); got != tt.want || found != (tt.want != "") {
				t.Errorf("got %q, %t", got, found)
			}
		})
	}
}

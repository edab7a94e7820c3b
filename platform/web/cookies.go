package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The cookies of the house, without their prefix.
const (
	SessionCookie = "gatehouse"         // the browser's sign-in
	JourneyCookie = "gatehouse-journey" // the sign-in under way
)

// maxCookieValue is what every browser stores with room for name and attributes
// (RFC 6265 §6.1: 4096 bytes in all).
const maxCookieValue = 3800

// Cookies sets and reads cookies that belong to this very host: Path=/, HttpOnly,
// SameSite=Lax and, when Secure, the __Host- prefix, which keeps a neighbouring
// host from planting one (RFC 6265bis §4.1.3.2). Secure is false only on a
// plain-HTTP loopback issuer.
type Cookies struct{ Secure bool }

// Name is the cookie's name on the wire.
func (c Cookies) Name(name string) string {
	if c.Secure {
		return "__Host-" + name
	}
	return name
}

// Set stores value for maxAge, or until the browser ends when maxAge is zero.
// It errs on a value that a cookie cannot hold (RFC 6265 §4.1.1).
func (c Cookies) Set(w http.ResponseWriter, name, value string, maxAge time.Duration) error {
	if len(value) > maxCookieValue {
		return fmt.Errorf("cookie %s: the value has %d bytes", name, len(value))
	}
	if value == "" || !cookieOctets(value) {
		return fmt.Errorf("cookie %s: %w", name, errors.New("the value is empty or has forbidden characters"))
	}
	if maxAge < 0 {
		return fmt.Errorf("cookie %s: negative age", name)
	}
	cookie := c.cookie(name, value)
	// Rounded up, as an age of 0 would mean a session cookie.
	cookie.MaxAge = int((maxAge + time.Second - 1) / time.Second)
	http.SetCookie(w, cookie)
	return nil
}

// Get is the cookie's value. A cookie that is sent twice is not believed: one of
// the two was planted.
func (c Cookies) Get(r *http.Request, name string) (string, bool) {
	found := r.CookiesNamed(c.Name(name))
	if len(found) != 1 || found[0].Value == "" || len(found[0].Value) > maxCookieValue || !cookieOctets(found[0].Value) {
		return "", false
	}
	return found[0].Value, true
}

// Clear removes the cookie from the browser.
func (c Cookies) Clear(w http.ResponseWriter, name string) {
	cookie := c.cookie(name, "")
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

func (c Cookies) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: c.Name(name), Value: value, Path: "/",
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func cookieOctets(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' || c == '\\' {
			return false
		}
	}
	return true
}

package ui

import (
	"net/http"
	"strings"
)

// Headers is how a page may differ from the strictest policy.
type Headers struct {
	// FormAction lists the origins, besides this one, that a form of the page may end at. Chromium applies form-action to
	// every redirect that follows a post, so a page whose form ends in a redirect to an application names that
	// application's origin here ("https://app.example.com").
	FormAction []string

	// AnyFormAction leaves form-action out: for a form that ends where no origin can be named, such as an
	// application with a scheme of its own ("com.example.app:/callback").
	AnyFormAction bool
}

// SecurityHeaders sets the headers that every page carries. No page needs an inline script or style, so neither is
// allowed, and no page may be framed or stored.
func SecurityHeaders(w http.ResponseWriter, options Headers) {
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy(options))
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	// same-origin, not no-referrer: with the latter browsers send "Origin: null" on our own form posts, which would
	// leave the check against cross-site posts nothing to compare. Nothing leaves this origin either way.
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
}

func contentSecurityPolicy(options Headers) string {
	policy := []string{
		"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data: https:", "font-src 'self'",
		"connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
	}
	if !options.AnyFormAction {
		sources := append([]string{"form-action 'self'"}, cleanSources(options.FormAction)...)
		policy = append(policy, strings.Join(sources, " "))
	}
	return strings.Join(policy, "; ")
}

// cleanSources drops what could end the directive or the header: an origin holds neither space, semicolon nor comma.
func cleanSources(origins []string) []string {
	var clean []string
	for _, origin := range origins {
		if origin != "" && !strings.ContainsAny(origin, " ;,'\"\t\r\n") {
			clean = append(clean, origin)
		}
	}
	return clean
}

package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle(AssetPattern, Assets())
	for _, tt := range []struct {
		name, url, contentType string
		status                 int
	}{
		{"a stylesheet is served with its type", Asset("signin.css"), "text/css; charset=utf-8", http.StatusOK},
		{"a script is served with its type", Asset("htmx.js"), "text/javascript; charset=utf-8", http.StatusOK},
		{"the font is served with its type", Asset("inter.woff2"), "font/woff2", http.StatusOK},
		{"the licence of the font lies beside it", Asset("inter.LICENSE.txt"), "text/plain; charset=utf-8", http.StatusOK},
		{"a name without its hash is not found", "/assets/signin.css", "", http.StatusNotFound},
		{"an old hash is not found", "/assets/signin.000000000000.css", "", http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.url, nil))
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if tt.status != http.StatusOK {
				return
			}
			if got := w.Header().Get("Content-Type"); got != tt.contentType {
				t.Errorf("type %q, want %q", got, tt.contentType)
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("Cache-Control %q is not immutable", got)
			}
		})
	}
}

func TestStylesheetsPointAtHashedFiles(t *testing.T) {
	css := string(assetsByName["console.css"].body)
	if !strings.Contains(css, Asset("inter.woff2")) || strings.Contains(css, `"inter.woff2"`) {
		t.Error("the console's stylesheet does not load the font by its hashed URL")
	}
	if strings.Contains(string(assetsByName["signin.css"].body), "url(") {
		t.Error("the sign-in's stylesheet loads something; it must need no second round trip")
	}
	if strings.Count(css, "{") != strings.Count(css, "}") || strings.Contains(css, "/*") {
		t.Error("the stylesheet was broken by shrinking it")
	}
}

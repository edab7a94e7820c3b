package ui

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRenderWritesAWholePageOrNothing(t *testing.T) {
	broken := template.Must(template.New("broken").Parse(`<p>before</p>{{.Missing}}`))
	w := httptest.NewRecorder()
	if err := Render(w, http.StatusOK, broken, struct{}{}); err == nil {
		t.Fatal("a template that fails gave no error")
	}
	if w.Body.Len() != 0 || len(w.Header()) != 0 {
		t.Errorf("half a page was written: %q %v", w.Body, w.Header())
	}
}

func TestSecurityHeaders(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options Headers
		want    string // of form-action; empty when it must be absent
	}{
		{"forms end at this origin only", Headers{}, "form-action 'self'"},
		{"a form may end at a named origin", Headers{FormAction: []string{"https://app.example"}}, "form-action 'self' https://app.example"},
		{"an origin cannot add a directive", Headers{FormAction: []string{"https://a.example; script-src *", ""}}, "form-action 'self'"},
		{"form-action can be left out", Headers{AnyFormAction: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			SecurityHeaders(w, tt.options)
			policy := w.Header().Get("Content-Security-Policy")
			var got string
			for directive := range strings.SplitSeq(policy, "; ") {
				if strings.HasPrefix(directive, "form-action") {
					got = directive
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("policy is loose: %s", policy)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	got, err := JSON([]byte(`{"a<b":"</script>\"x","n":-1.5e3,"ok":true,"none":null,"list":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	for _, want := range []string{`<span class="json-key">&#34;a&lt;b&#34;:</span>`, `&lt;/script&gt;\&#34;x`,
		`<span class="json-number">-1.5e3</span>`, `<span class="json-word">true</span>`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	if _, err := JSON([]byte(`{`)); err == nil {
		t.Error("half a JSON object was shown")
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSpark(t *testing.T) {
	svg := string(Spark{Label: `"><script>`, Values: []int{0, 2, 4}}.SVG())
	if strings.Contains(svg, "<script>") || strings.Count(svg, "<rect") != 3 || !strings.Contains(svg, `height="32"`) {
		t.Errorf("unexpected chart: %s", svg)
	}
}

func TestLogo(t *testing.T) {
	for _, tt := range []struct{ name, url, want string }{
		{"a picture over HTTPS is shown", "https://cdn.example/logo.png", "https://cdn.example/logo.png"},
		{"a picture of ours is shown", "/brand/logo.png", "/brand/logo.png"},
		{"a picture over plain HTTP is not", "http://cdn.example/logo.png", ""},
		{"a picture of a host without scheme is not", "//cdn.example/logo.png", ""},
		{"a script is not", "javascript:alert(1)", ""},
		{"none is none", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (SignIn{LogoURL: tt.url}).Logo(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

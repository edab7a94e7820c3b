//go:build browser

package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// enter walks from the application to the sign-in and signs in.
func (v *visitor) enter(w *world, query, email, password string) {
	v.Helper()
	v.open(w.rp.URL+"/login?"+query, http.StatusOK)
	v.fill([2]string{"username", email}, [2]string{"password", password})
	v.click("#submit")
}

func signUp(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.open(w.rp.URL, http.StatusOK)
	v.click("#enter")
	v.see("#form-login")
	v.look("login")
	v.click("#sign-up")
	v.see("#form-signup")
	v.look("sign-up")
	v.fill([2]string{"email", customerEmail}, [2]string{"password", "short"})
	v.click("#submit")
	v.reads("#password-problem", "too short")
	if kept := ask(v, chromedp.Value(chromedp.CSS("#email"))); kept != customerEmail {
		t.Errorf("the form keeps %q of what was typed", kept)
	}
	v.look("sign-up-error")
	v.fill([2]string{"password", customerPassword})
	v.click("#submit")
	v.reads("#welcome", customerEmail)
	v.click("#leave")
	v.see("#stranger") // The ID token says whose session ends: nobody is asked.
	v.open(w.rp.URL+"/login", http.StatusOK)
	v.see("#form-login")
}

func wrongPassword(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.enter(w, "", customerEmail, "not the password")
	v.reads("#alert", "Wrong email address or password")
	if focus := v.focused(); focus != "password" {
		t.Errorf("the focus is on %s, want password", focus)
	}
	v.look("login-error")
	v.fill([2]string{"password", customerPassword})
	v.click("#submit")
	v.reads("#welcome", customerEmail)
	v.open(w.rp.URL+"/login", http.StatusOK) // Signed in already: no page in between.
	v.reads("#welcome", customerEmail)
}

func consent(t *testing.T, w *world) {
	v := visit(t, w.browser)
	ask := "prompt=consent&scope=" + url.QueryEscape("openid profile email offline_access read:demo") + "&audience=" + url.QueryEscape("https://api.demo.example/")
	v.enter(w, ask, w.Demo.Users[0].Email, w.Demo.Users[0].Password)
	v.see("#form-consent")
	v.reads("main", w.Demo.Users[0].Email, "Read what the demo keeps")
	v.look("consent")
	v.click("#decline")
	v.reads("#refused", "access_denied")
	v.open(w.rp.URL+"/login?prompt=consent", http.StatusOK)
	v.see("#form-consent")
	v.click("#submit")
	v.reads("#welcome", w.Demo.Users[0].Email)
}

func wrongRequests(t *testing.T, w *world) {
	v := visit(t, w.browser)
	request := func(change url.Values) string {
		q := url.Values{"client_id": {w.rp.config.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {w.rp.config.RedirectURL}}
		for name, values := range change {
			q[name] = values
		}
		return w.Issuer + "authorize?" + q.Encode()
	}
	for _, wrong := range []struct {
		name   string
		change url.Values
		says   string
	}{
		{"an unknown application", url.Values{"client_id": {"nobody"}}, "This application is not known here"},
		{"an address that is not registered", url.Values{"redirect_uri": {"https://elsewhere.example/callback"}}, "Stopped to protect you"},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			v.open(request(wrong.change), http.StatusBadRequest)
			v.reads("h1", wrong.says)
			if place := ask(v, chromedp.Location()); !strings.HasPrefix(place, w.Issuer) {
				t.Errorf("the browser was sent to %s", place)
			}
		})
	}
	v.look("error")
	for _, nowhere := range []string{w.Issuer, w.Issuer + "nothing/here"} {
		v.open(nowhere, http.StatusNotFound)
		v.reads("h1", "There is nothing at this address")
	}
}

func logoutAsks(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.enter(w, "", customerEmail, customerPassword)
	v.see("#welcome")
	v.open(w.rp.URL+"/logout?hint=no", http.StatusOK)
	v.see("#form-logout")
	v.look("logout")
	v.click("#submit")
	v.see("#stranger")
	v.enter(w, "", customerEmail, customerPassword)
	v.see("#welcome")
	v.open(w.Issuer+"oidc/logout", http.StatusOK) // Without an address to return to.
	v.click("#submit")
	v.find("h1", "You are signed out")
	v.look("signed-out")
	v.open(w.rp.URL+"/login", http.StatusOK)
	v.see("#form-login")
}

// expiredPage opens a sign-in that another browser began, which is what a page
// that was open for too long meets too: its journey is not there.
func expiredPage(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.open(w.rp.URL+"/login", http.StatusOK)
	v.see("#form-login")
	begun := ask(v, chromedp.Location())
	other := visit(t, w.browser)
	other.open(begun, http.StatusBadRequest)
	other.reads("h1", "Signing in took too long")
	other.look("session-expired")
}

func formPost(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.enter(w, "response_mode=form_post", customerEmail, customerPassword)
	v.reads("#welcome", customerEmail)
	if method := w.rp.lastAnswer(); method != http.MethodPost {
		t.Errorf("the answer came by %s, want POST", method)
	}
}

func keyboardOnly(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.open(w.rp.URL+"/login", http.StatusOK)
	v.see("#form-login")
	if focus := v.focused(); focus != "username" {
		t.Fatalf("the focus is on %s, want username", focus)
	}
	v.press(w.Demo.Users[0].Email, kb.Tab)
	if focus := v.focused(); focus != "password" {
		t.Fatalf("after the address comes %s, want password", focus)
	}
	v.press(w.Demo.Users[0].Password, kb.Enter)
	v.reads("#welcome", w.Demo.Users[0].Email)
}

func withoutScripts(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.withoutScripts()
	v.enter(w, "response_mode=form_post", customerEmail, "not the password")
	v.reads("#alert", "Wrong email address or password")
	v.fill([2]string{"password", customerPassword})
	v.click("#submit")
	v.see("#form-post") // Nothing sends it by itself.
	v.click("#submit")
	v.reads("#welcome", customerEmail)
}

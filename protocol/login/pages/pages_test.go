package pages

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/ui"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

var (
	page   = Page{Application: "Fieldnotes", Tenant: "Northwind"}
	hidden = []ui.Hidden{{Name: "state", Value: "hKFo2SB"}, {Name: "csrf_token", Value: "Zx81"}}
)

// renders are all pages, each from a view that can be changed before.
func renders(change func(view any)) map[string]func(http.ResponseWriter) error {
	login := Login{Page: page, Action: "/u/login", Hidden: hidden, SignUpURL: "/u/signup", ForgotURL: "/u/forgot"}
	signUp := SignUp{Page: page, Action: "/u/signup", Hidden: hidden, LoginURL: "/u/login", MinimumLength: 8}
	consent := Consent{Page: page, Action: "/u/consent", Hidden: hidden, Person: "grace@northwind.example", SwitchURL: "/u/login",
		Scopes: []Scope{{Name: "openid"}, {Name: "read:orders", Description: "See your orders", API: "Orders"}, {Name: "write:orders", API: "Orders"}}}
	confirm := LogoutConfirm{Page: page, Action: "/u/logout", Hidden: hidden, Person: "grace@northwind.example", CancelURL: "/"}
	loggedOut := LoggedOut{Page: page, ReturnURL: "https://app.example/"}
	failure := Error{Page: page, Kind: RedirectMismatch, Code: "invalid_request", Description: "No.", Reference: "01JD8Z", RetryURL: "/"}
	formPost := FormPost{Page: page, Action: "https://app.example/callback", Fields: []ui.Hidden{{Name: "code", Value: "c"}, {Name: "state", Value: "s"}}}
	for _, view := range []any{&login, &signUp, &consent, &confirm, &loggedOut, &failure, &formPost} {
		change(view)
	}
	return map[string]func(http.ResponseWriter) error{
		"login":          func(w http.ResponseWriter) error { return RenderLogin(w, http.StatusOK, login) },
		"sign-up":        func(w http.ResponseWriter) error { return RenderSignUp(w, http.StatusOK, signUp) },
		"consent":        func(w http.ResponseWriter) error { return RenderConsent(w, http.StatusOK, consent) },
		"logout confirm": func(w http.ResponseWriter) error { return RenderLogoutConfirm(w, http.StatusOK, confirm) },
		"logged out":     func(w http.ResponseWriter) error { return RenderLoggedOut(w, http.StatusOK, loggedOut) },
		"error":          func(w http.ResponseWriter) error { return RenderError(w, http.StatusBadRequest, failure) },
		"form post":      func(w http.ResponseWriter) error { return RenderFormPost(w, http.StatusOK, formPost) },
	}
}

func body(t *testing.T, render func(http.ResponseWriter) error) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	if err := render(w); err != nil {
		t.Fatal(err)
	}
	return w.Body.Bytes()
}

func TestEveryPageKeepsTheRules(t *testing.T) {
	for name, render := range renders(func(any) {}) {
		t.Run(name, func(t *testing.T) { uitest.Page(t, body(t, render)) })
	}
}

func TestEveryPageIsDeafToHostileText(t *testing.T) {
	for i, text := range uitest.Hostile {
		for name, render := range renders(func(view any) { uitest.Fill(view, text) }) {
			t.Run(fmt.Sprintf("%s with text %d", name, i), func(t *testing.T) { uitest.Page(t, body(t, render)) })
		}
	}
}

// A page with everything it loads must come in the first round trip: under 30 KB.
func TestEveryPageIsLight(t *testing.T) {
	for name, render := range renders(func(any) {}) {
		t.Run(name, func(t *testing.T) {
			page := body(t, render)
			total := len(page)
			for _, asset := range []string{"signin.css", "signin.js", "formpost.js", "mark.svg"} {
				address := ui.Asset(asset)
				if !strings.Contains(string(page), address) {
					continue
				}
				w := httptest.NewRecorder()
				ui.Assets().ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: address}})
				total += w.Body.Len()
			}
			if total > 30_000 {
				t.Errorf("the page weighs %d bytes", total)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	login := Login{Page: page, Action: "/u/login?state=x", Hidden: hidden, Email: "grace@northwind.example"}
	wrong, missing, own := login, login, login
	wrong.Problem = WrongCredentials
	missing.Email, missing.EmailProblem, missing.PasswordProblem = "grace", EmailInvalid, PasswordMissing
	own.PasswordProblem = "A sentence of a rule elsewhere."
	for _, tt := range []struct {
		name     string
		view     Login
		focus    string // id of the input that gets the focus
		contains []string
	}{
		{"an empty page asks for the address first", Login{Page: page, Action: "/u/login"}, "username", nil},
		{"a known address goes on to the password", login, "password", []string{`value="grace@northwind.example"`}},
		{"wrong credentials keep the address and say no more than that", wrong, "password", []string{`role="alert"`, "Wrong email address or password", `value="grace@northwind.example"`}},
		{"a problem stands at its field and keeps what was typed", missing, "username",
			[]string{`aria-describedby="username-problem"`, `aria-invalid="true"`, `value="grace"`, "<title>Error: "}},
		{"a sentence of another rule is shown as it is", own, "password", []string{"A sentence of a rule elsewhere."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			html := body(t, func(w http.ResponseWriter) error { return RenderLogin(w, http.StatusOK, tt.view) })
			root := uitest.Page(t, html)
			for id, name := range map[string]string{"username": "username", "password": "password"} {
				input := uitest.ByID(t, root, id)
				if uitest.Attr(input, "name") != name {
					t.Errorf("#%s is named %q", id, uitest.Attr(input, "name"))
				}
				focused := strings.Contains(fmt.Sprint(input.Attr), "autofocus")
				if focused != (id == tt.focus) {
					t.Errorf("focus on #%s is %v", id, focused)
				}
			}
			if got := uitest.Attr(uitest.ByID(t, root, "password"), "value"); got != "" {
				t.Errorf("the password came back: %q", got)
			}
			if got := uitest.Attr(uitest.ByID(t, root, "form-login"), "action"); got != tt.view.Action {
				t.Errorf("the form posts to %q", got)
			}
			if got := uitest.Attr(uitest.ByID(t, root, "submit"), "value"); got != "default" {
				t.Errorf("the button sends action=%q", got)
			}
			for _, want := range tt.contains {
				if !strings.Contains(string(html), want) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

func TestEveryProblemAndErrorHasWords(t *testing.T) {
	for language, w := range languages {
		for _, p := range []Problem{EmailMissing, EmailInvalid, PasswordMissing, PasswordTooShort, PasswordTooLong, PasswordTooWeak, PasswordHasEmail,
			WrongCredentials, AccountBlocked, TooManyAttempts, SignUpRefused, SignUpClosed, Busy, FormExpired} {
			if p.in(w) == string(p) {
				t.Errorf("%s: the problem %q has no words", language, p)
			}
		}
		for _, k := range []ErrorKind{InvalidRequest, UnknownClient, RedirectMismatch, SessionExpired, Forged, NotFound, Limited, Unavailable, Failed} {
			if said := w.Errors[k]; said.What == "" || said.Why == "" || said.Do == "" {
				t.Errorf("%s: the error %q does not say what happened, why and what to do", language, k)
			}
		}
	}
}

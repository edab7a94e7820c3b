package console_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/front/console"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/record/staff"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

const cookie = "__Host-gatehouse-console"

func TestSetUp(t *testing.T) {
	each(t, func(h *house) {
		token, err := h.staff.InviteFirstAdministrator(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		b := h.browser()
		form := url.Values{"token": {token}, "email": {"ada@example.com"}, "name": {"Ada"}, "password": {password}}
		but := func(name, value string) url.Values {
			changed := url.Values{}
			for k, v := range form {
				changed[k] = v
			}
			changed.Set(name, value)
			return changed
		}
		post := func(form url.Values, change ...func(*http.Request)) func() answer {
			return func() answer { return b.post("/setup", form, change...) }
		}
		for _, tt := range []struct {
			name   string
			do     func() answer
			status int
			says   string
		}{
			{"the page behind the link", func() answer { return b.get("/setup?token=" + token) }, 200, `id="form-setup"`},
			{"opening it again: looking uses nothing", func() answer { return b.get("/setup?token=" + token) }, 200, `id="form-setup"`},
			{"the page without a link", func() answer { return b.get("/setup") }, 404, "This link does not work"},
			{"a forged link", func() answer { return b.get("/setup?token=" + strings.Repeat("A", 43)) }, 404, "This link does not work"},
			{"the page at another tenant's host", func() answer { return b.get("/setup?token="+token, fromHost(customerHost)) }, 404, "Page not found"},
			{"the form at another tenant's host", post(form, fromHost(customerHost)), 404, "Page not found"},
			{"the form from another site", post(form, header("Sec-Fetch-Site", "cross-site")), 403, "another site"},
			{"the form from another origin, in an older browser", post(form, header("Sec-Fetch-Site", ""), header("Origin", "https://evil.example")), 403, "another site"},
			{"a short password", post(but("password", "short")), 400, "at least 8 characters"},
			{"no address", post(but("email", "ada")), 400, "not an email address"},
			{"a name that is too long", post(but("name", strings.Repeat("a", 301))), 400, "longer than 300"},
			{"the form", post(form), 303, ""},
			{"the form again", post(but("email", "eve@example.com")), 404, "This link does not work"},
			{"the page again", func() answer { return b.get("/setup?token=" + token) }, 404, "This link does not work"},
		} {
			h.Run(tt.name, func(t *testing.T) {
				a := tt.do()
				if a.status != tt.status || !strings.Contains(a.body, tt.says) {
					t.Errorf("%d %s", a.status, a.body)
				}
				if strings.Contains(a.body, password) {
					t.Error("the page shows the password")
				}
			})
		}
		if n := h.told(staff.LinkRefused); n != 4 {
			h.Errorf("%d refused links are journalled, want 4", n)
		}
	})
}

func TestASetUpLinkOfYesterday(t *testing.T) {
	each(t, func(h *house) {
		token, err := h.staff.InviteFirstAdministrator(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		h.clk.Forward(24 * time.Hour)
		if a := h.browser().get("/setup?token=" + token); a.status != http.StatusNotFound {
			h.Errorf("%d %s", a.status, a.body)
		}
	})
}

func TestRecoveryPage(t *testing.T) {
	each(t, func(h *house) {
		ada := h.first()
		token, err := h.staff.Recover(h.Context(), ada.Email)
		if err != nil {
			h.Fatal(err)
		}
		b := h.browser()
		a := b.get("/setup?token=" + token)
		if a.status != 200 || !strings.Contains(a.body, "Recover an administrator") || strings.Contains(a.body, `id="email"`) {
			h.Fatalf("%d %s", a.status, a.body)
		}
		// The address comes from the link, whatever the form says.
		a = b.post("/setup", url.Values{"token": {token}, "email": {"eve@example.com"}, "password": {"eight white swans"}})
		if a.status != http.StatusSeeOther || h.told(staff.Recovered) != 1 {
			h.Errorf("%d %s", a.status, a.body)
		}
	})
}

func TestSignInLeadsThereAndBack(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		a := b.get("/console/journal?q=kind%3Astaff")
		if a.status != http.StatusSeeOther || a.location.Path != "/console/sign-in" {
			h.Fatalf("a stranger gets %d %v", a.status, a.location)
		}
		a = b.get(a.location.String())
		asked := a.location.Query()
		for name, want := range map[string]string{"client_id": console.ClientID, "response_type": "code", "code_challenge_method": "S256",
			"redirect_uri": "https://" + operatorHost + "/console/callback", "scope": "openid profile email"} {
			if asked.Get(name) != want {
				h.Errorf("%s is %q, want %q", name, asked.Get(name), want)
			}
		}
		back := h.issuer.answer(asked, ada.ID, h.signInAtIssuer(ada).ID)
		a = b.get(back)
		if a.status != http.StatusSeeOther || a.location.String() != "/console/journal?q=kind%3Astaff" {
			h.Fatalf("the callback leads to %v: %s", a.location, a.body)
		}
		h.seal()
		a = b.get(a.location.String())
		if a.status != 200 || !strings.Contains(a.body, "First administrator made") || a.header.Get("X-Frame-Options") != "DENY" {
			h.Errorf("the journal answers %d %s", a.status, a.body)
		}
		uitest.Page(h.T, []byte(a.body))
		if again := b.get(back); again.status != http.StatusBadRequest {
			h.Errorf("the same answer again: %d", again.status)
		}
		if h.told(console.SignedIn) != 1 {
			h.Error("the sign-in is not journalled")
		}
		if a := b.get("/console/"); a.location == nil || a.location.Path != "/console/journal" {
			h.Errorf("home answers %d %v", a.status, a.location)
		}
	})
}

func TestAnAnswerThatIsNotAccepted(t *testing.T) {
	each(t, func(h *house) {
		ada, eve := h.first(), h.browser()
		ben := h.colleague(ada, "ben@example.com", "auditor")
		foreign := eve.leave("/")
		for _, tt := range []struct {
			name   string
			spoil  func(claims map[string]any)
			answer func(asked url.Values, sid string) string
		}{
			{"another sign-in's state", nil, func(asked url.Values, sid string) string {
				asked.Set("state", foreign.Get("state"))
				return h.issuer.answer(asked, ada.ID, sid)
			}},
			{"no state", nil, func(asked url.Values, sid string) string {
				asked.Del("state")
				return h.issuer.answer(asked, ada.ID, sid)
			}},
			{"the code of another sign-in", nil, func(asked url.Values, sid string) string {
				foreign.Set("state", asked.Get("state"))
				return h.issuer.answer(foreign, ada.ID, sid)
			}},
			{"another nonce", func(c map[string]any) { c["nonce"] = "other" }, nil},
			{"an ID token for another application", func(c map[string]any) { c["aud"] = "fieldnotes" }, nil},
			{"an ID token of another issuer", func(c map[string]any) { c["iss"] = "https://" + customerHost + "/" }, nil},
			{"an ID token that has expired", func(c map[string]any) { c["exp"] = h.clk.Now().Add(-time.Minute).Unix() }, nil},
			{"no session in the ID token", func(c map[string]any) { delete(c, "sid") }, nil},
			{"another user's session in the ID token", func(c map[string]any) { c["sub"] = ben.ID }, nil},
			{"an invented code", nil, func(asked url.Values, _ string) string {
				return "/console/callback?code=x&state=" + asked.Get("state")
			}},
			{"a refusal", nil, func(asked url.Values, _ string) string {
				return "/console/callback?error=access_denied&state=" + asked.Get("state")
			}},
		} {
			h.Run(tt.name, func(t *testing.T) {
				b := h.browser()
				asked, sid := b.leave("/"), h.signInAtIssuer(ada).ID
				h.issuer.change = tt.spoil
				defer func() { h.issuer.change = nil }()
				answer := tt.answer
				if answer == nil {
					answer = func(asked url.Values, sid string) string { return h.issuer.answer(asked, ada.ID, sid) }
				}
				a := b.get(answer(asked, sid))
				if a.status != http.StatusBadRequest || b.cookies[cookie] != "" || !strings.Contains(a.body, "The sign-in did not succeed") {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		}
	})
}

func TestASessionIsTheBrowsersOwn(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		b.cookies[cookie] = "planted"
		if a := b.get("/console/journal"); a.status != http.StatusSeeOther {
			h.Errorf("an invented session answers %d", a.status)
		}
		b.signIn(ada, "/")
		first := b.cookies[cookie]
		if first == "planted" || len(first) != 43 {
			h.Errorf("the session is %q", first)
		}
		b.signIn(ada, "/")
		if second := b.cookies[cookie]; second == first {
			h.Error("signing in again kept the session")
		}
		thief := h.browser()
		thief.cookies[cookie] = first
		if a := thief.get("/console/journal"); a.status != http.StatusSeeOther {
			h.Errorf("the former session answers %d", a.status)
		}
	})
}

func TestASessionEnds(t *testing.T) {
	each(t, func(h *house) {
		ada := h.first()
		ben := h.colleague(ada, "ben@example.com", "security")
		for _, tt := range []struct {
			name string
			do   func(b *browser, s *session.Session)
			open bool
		}{
			{"used within the hour", func(*browser, *session.Session) { h.clk.Forward(time.Hour - time.Second) }, true},
			{"unused for an hour", func(*browser, *session.Session) { h.clk.Forward(time.Hour) }, false},
			{"used every half hour for less than half a day", func(b *browser, _ *session.Session) { b.use(23, "/console/journal") }, true},
			{"used every half hour for half a day", func(b *browser, _ *session.Session) { b.use(23, "/console/journal"); h.clk.Forward(30 * time.Minute) }, false},
			{"a list that refreshes itself in an empty room", func(b *browser, _ *session.Session) {
				b.use(2, "/console/journal/live")
			}, false},
			{"the sign-in it came from ended", func(_ *browser, s *session.Session) {
				h.write(func(tx *db.Tx) error { return session.End(h.Context(), tx, "operator", s.ID) })
			}, false},
		} {
			h.Run(tt.name, func(t *testing.T) {
				b := h.browser()
				tt.do(b, b.signIn(ben, "/"))
				if a := b.get("/console/journal"); (a.status == http.StatusOK) != tt.open {
					t.Errorf("it answers %d", a.status)
				}
			})
		}
		b := h.browser()
		b.signIn(ben, "/")
		if err := h.staff.Users.Block(h.Context(), staff.Person(ada.ID, ada.Email), "operator", ben.ID, "left"); err != nil {
			h.Fatal(err)
		}
		if a := b.get("/console/journal"); a.status != http.StatusSeeOther {
			h.Errorf("a blocked person gets %d", a.status)
		}
		h.clk.Forward(13 * time.Hour)
		if err := h.console.Prune(h.Context()); err != nil {
			h.Fatal(err)
		}
		var left int
		if err := h.d.QueryRow(h.Context(), `SELECT count(*) FROM console_sessions`).Scan(&left); err != nil || left != 0 {
			h.Errorf("%d sessions are left, error %v", left, err)
		}
	})
}

// use asks for the path every half hour.
func (b *browser) use(times int, path string) {
	b.Helper()
	for range times {
		b.clk.Forward(30 * time.Minute)
		b.get(path)
	}
}

func TestPermissionsAreLookedUpOnEveryRequest(t *testing.T) {
	each(t, func(h *house) {
		ada := h.first()
		ben, eve := h.colleague(ada, "ben@example.com", "support"), h.colleague(ada, "eve@example.com", "")
		b, stranger := h.browser(), h.browser()
		b.signIn(ben, "/")
		stranger.signIn(eve, "/")
		if a := b.get("/console/journal"); a.status != 200 {
			h.Errorf("support reads the journal: %d", a.status)
		}
		if a := b.get("/console/checks"); a.status != 403 || !strings.Contains(a.body, "checks:read") {
			h.Errorf("support reads the checks: %d %s", a.status, a.body)
		}
		a := stranger.get("/console/journal")
		if a.status != 403 || !strings.Contains(a.body, "You have no access to this console") || !strings.Contains(a.body, "eve@example.com") {
			h.Errorf("somebody without a role gets %d %s", a.status, a.body)
		}
		grants, err := h.staff.List(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		for _, g := range grants {
			if g.User != ben.ID {
				continue
			}
			if err := h.staff.Revoke(h.Context(), staff.Person(ada.ID, ada.Email), g.ID, "changed jobs"); err != nil {
				h.Fatal(err)
			}
		}
		for _, path := range []string{"/console/", "/console/journal", "/console/journal/live", "/console/journal/0"} {
			if a := b.get(path); a.status != 403 || strings.Contains(a.body, "First administrator") {
				h.Errorf("revoked, %s answers %d", path, a.status)
			}
		}
		if n := h.told(staff.Denied); n != 6 {
			h.Errorf("%d refusals are journalled, want 6", n)
		}
	})
}

func TestTheConsoleIsNowhereElse(t *testing.T) {
	h := openOnSQLite(t)
	ada, b := h.first(), h.browser()
	b.signIn(ada, "/")
	for _, path := range []string{"/setup", "/console/", "/console/journal", "/console/journal/live", "/console/journal/0", "/console/checks", "/console/sign-in", "/console/callback"} {
		if a := b.get(path, fromHost(customerHost)); a.status != http.StatusNotFound {
			t.Errorf("%s answers %d at a customer's host", path, a.status)
		}
	}
	if a := b.post("/console/sign-out", nil, fromHost(customerHost)); a.status != http.StatusNotFound {
		t.Errorf("sign-out answers %d at a customer's host", a.status)
	}
}

func TestSignOut(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		b.signIn(ada, "/")
		kept := b.cookies[cookie]
		for name, change := range map[string]func(*http.Request){"another site": header("Sec-Fetch-Site", "cross-site"), "a neighbour": header("Sec-Fetch-Site", "same-site")} {
			if a := b.post("/console/sign-out", nil, change); a.status != http.StatusForbidden || b.get("/console/journal").status != 200 {
				h.Errorf("%s signed ada out: %d", name, a.status)
			}
		}
		if a := b.get("/console/sign-out"); a.status != http.StatusMethodNotAllowed {
			h.Errorf("a link signs out: %d", a.status)
		}
		a := b.post("/console/sign-out", nil)
		if a.status != http.StatusSeeOther || a.location.Path != "/oidc/logout" || a.location.Query().Get("id_token_hint") == "" ||
			a.location.Query().Get("post_logout_redirect_uri") != "https://"+operatorHost+"/console/" {
			h.Fatalf("sign-out answers %d %v", a.status, a.location)
		}
		b.cookies[cookie] = kept
		if a := b.get("/console/journal"); a.status != http.StatusSeeOther {
			h.Errorf("the cookie still opens the console: %d", a.status)
		}
		if a := b.post("/console/sign-out", nil); a.status != http.StatusSeeOther || a.location.Path != "/console/" {
			h.Errorf("signing out twice answers %d %v", a.status, a.location)
		}
		if h.told(console.SignedOut) != 1 {
			h.Error("sign-out is not journalled once")
		}
	})
}

func TestReadingIsJournalled(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		b.signIn(ada, "/")
		script := header("HX-Request", "true")
		h.seal()
		for _, step := range []struct {
			name, path string
			script     bool
			want       int // events so far
		}{
			{"the page", "/console/journal", false, 1},
			{"its list refreshes itself", "/console/journal/live", true, 1},
			{"and again", "/console/journal/live", true, 1},
			{"a filter is typed", "/console/journal?q=alice", true, 2},
			{"its list refreshes itself", "/console/journal/live?q=alice", true, 2},
			{"a part alone, without the page", "/console/journal/live?q=tenant%3Adefault", true, 3},
			{"the page again", "/console/journal", false, 4},
			{"one event", "/console/journal/0", false, 5},
			{"an event that is not there", "/console/journal/999999", false, 5},
			{"a filter that is not understood", "/console/journal?q=colour%3Ared", false, 5},
		} {
			a := b.get(step.path, func(r *http.Request) {
				if step.script {
					script(r)
				}
			})
			if n := h.told(staff.WasRead); n != step.want {
				h.Errorf("%s: %d events, want %d (answer %d)", step.name, n, step.want, a.status)
			}
			if part := !strings.Contains(a.body, "<html"); part != step.script {
				h.Errorf("%s: part %v", step.name, part)
			}
		}
		h.clk.Forward(13 * time.Hour)
		if a := b.get("/console/journal/live", script); a.status != http.StatusUnauthorized {
			h.Errorf("a script without a session gets %d", a.status)
		}
	})
}

func TestJournalPages(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		b.signIn(ada, "/")
		h.write(func(tx *db.Tx) error {
			for range 60 {
				if err := h.journal.Record(h.Context(), tx, journal.Event{Kind: staff.Denied, Tenant: "default", Actor: journal.Ref{Type: "user", ID: "auth0|7", Name: "alice"}}); err != nil {
					return err
				}
			}
			return nil
		})
		h.seal()
		a := b.get("/console/journal?q=tenant%3Adefault+alice")
		if n := strings.Count(a.body, `class="row-link"`); n != 50 || !strings.Contains(a.body, `id="older"`) || strings.Contains(a.body, `id="newest"`) {
			h.Fatalf("the first page has %d rows", n)
		}
		_, rest, _ := strings.Cut(a.body, `id="older" href="`)
		older, _, _ := strings.Cut(rest, `"`)
		a = b.get(html.UnescapeString(older))
		if n := strings.Count(a.body, `class="row-link"`); n != 10 || !strings.Contains(a.body, `id="newest"`) || strings.Contains(a.body, "hx-trigger=\"every") {
			h.Errorf("the second page %s has %d rows", older, n)
		}
		if a := b.get("/console/journal?q=colour%3Ared"); a.status != 200 || !strings.Contains(a.body, "does not know &#34;colour:&#34;") {
			h.Errorf("a filter that is not understood: %d %s", a.status, a.body)
		}
		if a := b.get("/console/journal?live=off"); !strings.Contains(a.body, `id="resume"`) || strings.Contains(a.body, "hx-trigger=\"every") {
			h.Error("a paused list is live")
		}
		for _, path := range []string{"/console/journal?before=x", "/console/journal?before=-3", "/console/journal?q=a&q=b"} {
			if a := b.get(path); a.status != http.StatusBadRequest {
				h.Errorf("%s answers %d", path, a.status)
			}
		}
		for _, path := range []string{"/console/journal/-1", "/console/journal/x", "/console/journal/99999999999999999999"} {
			if a := b.get(path); a.status != http.StatusNotFound {
				h.Errorf("%s answers %d", path, a.status)
			}
		}
		if a := b.get("/console/checks"); a.status != 200 {
			h.Errorf("the checks answer %d", a.status)
		}
	})
}

func TestWhatAttackersWriteStaysText(t *testing.T) {
	h := openOnSQLite(t)
	ada, b := h.first(), h.browser()
	b.signIn(ada, "/")
	for _, text := range uitest.Hostile {
		source := &journal.Source{UserAgent: text, Host: text, RequestID: text, Auth0Client: text}
		ctx := journal.WithSource(t.Context(), source)
		h.write(func(tx *db.Tx) error {
			return h.journal.Record(ctx, tx, journal.Event{Kind: staff.Denied, Tenant: "default", Actor: journal.Ref{Type: "user", ID: text, Name: text},
				Object: journal.Ref{Type: text, ID: text, Name: text}, Related: []journal.Ref{{Type: text, ID: text}}, Description: text,
				Details: map[string]any{text: text}})
		})
		h.seal()
		state, err := h.journal.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/console/journal", "/console/journal/" + strconv.FormatInt(state.Sealed-1, 10)} {
			a := b.get(path)
			if a.status != 200 {
				t.Fatalf("%s answers %d %s", path, a.status, a.body)
			}
			uitest.Page(t, []byte(a.body))
			if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
				t.Errorf("%s lets %q out", path, text)
			}
		}
		// A filter is shown as it was typed. Bytes that are no text are refused before.
		if a := b.get("/console/journal?q=" + url.QueryEscape(text)); a.status == 200 {
			uitest.Page(t, []byte(a.body))
		} else if a.status != http.StatusBadRequest {
			t.Errorf("the filter %q answers %d", text, a.status)
		}
	}
}

func TestFurnishChangesNothingTwice(t *testing.T) {
	h := openOnSQLite(t)
	before := h.issuer.secret
	if err := h.console.Furnish(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := h.console.Clients.Secret(t.Context(), "operator", console.ClientID)
	if err != nil || after != before {
		t.Errorf("the secret changed, error %v", err)
	}
	h.seal()
	page, err := h.journal.List(t.Context(), journal.Filter{Match: func(e *journal.Entry) bool { return strings.HasPrefix(e.KindName, "client.") }})
	if err != nil || len(page.Entries) != 1 {
		t.Errorf("%d changes of the application, error %v", len(page.Entries), err)
	}
}

func TestARouteNeedsAKnownPermission(t *testing.T) {
	s := (&console.Service{Staff: &staff.Service{}}).Surface()
	for _, permission := range []string{"", "everything", "journal:write"} {
		if _, err := s.Guard(permission, func(http.ResponseWriter, *http.Request) error { return nil }); err == nil {
			t.Errorf("a route with the permission %q mounts", permission)
		}
	}
	m := web.NewMux(web.Options{})
	if err := m.Mount(s); err != nil {
		t.Error(err)
	}
}

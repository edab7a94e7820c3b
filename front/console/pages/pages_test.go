package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/ui"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

var (
	now    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hidden = []ui.Hidden{{Name: "csrf_token", Value: "Zx81"}}
	page   = Page{Tenant: "Northwind", Name: "Ada Lovelace", Email: "ada@northwind.example", JournalURL: "/console/journal",
		ChecksURL: "/console/checks", SignOutURL: "/console/sign-out", Hidden: hidden, Now: now}
	event = Event{ID: "e1", URL: "/console/journal/e1", At: now.Add(-time.Minute), Title: "Signed in", Kind: "login.succeeded",
		Actor: "grace@northwind.example", Object: "Fieldnotes", IP: "203.0.113.24", Outcome: Succeeded}
	check = Check{Name: "journal.verify", Title: "The journal verifies", State: Broken, Summary: "One row differs.", Population: 1204,
		RanAt: now.Add(-time.Hour), Every: time.Hour, Failures: []Failure{{Subject: "row 7", Reason: "differs"}}}
)

func journal() Journal {
	return Journal{Page: page, Live: true, LiveURL: "/console/journal?q=x", PauseURL: "/console/journal?live=off", OlderURL: "/console/journal?before=1",
		Events: []Event{event}, Checks: []Check{check}, FilterKeys: []string{"kind:"}, Activity: []int{0, 3, 1},
		Seal: Seal{State: SealVerified, Sealed: 48213, Waiting: 3, Checkpoint: strings.Repeat("9f3c", 16), SignedAt: now, VerifiedAt: now.Add(-5 * time.Minute)}}
}

// renders are all pages, each from a view that can be changed before.
func renders(change func(view any)) map[string]func(http.ResponseWriter) error {
	full, empty := journal(), Journal{Page: page}
	detail := EventDetail{Page: page, Event: event, LogType: "s", ActorRef: Ref{"user", "auth0|1", "grace@northwind.example"},
		ObjectRef: Ref{Type: "client", ID: "Wm3k"}, Position: 7, Commitment: "9f3c", NewerURL: "/n", OlderURL: "/o"}
	checks, noChecks := Checks{Page: page, Checks: []Check{check}}, Checks{Page: page}
	setup := Setup{Action: "/setup", Hidden: hidden, MinimumLength: 12}
	recovery := Setup{Action: "/setup", Recovery: true, Email: "grace@northwind.example", Hidden: hidden, MinimumLength: 12}
	missing := Error{Kind: LinkInvalid, Reference: "01JD8Z"}
	notStaff := NotStaff{Email: "grace@northwind.example", SignOutURL: "/console/sign-out", Hidden: hidden}
	failure := Error{Reference: "01JD8Z", RetryURL: "/console/journal"}
	for _, view := range []any{&full, &empty, &detail, &checks, &noChecks, &setup, &recovery, &notStaff, &failure, &missing} {
		change(view)
	}
	envelope, err := json.Marshal(map[string]any{detail.Description: detail.Title})
	if err != nil {
		panic(err)
	}
	detail.JSON = envelope
	return map[string]func(http.ResponseWriter) error{
		"journal":          func(w http.ResponseWriter) error { return RenderJournal(w, http.StatusOK, full) },
		"an empty journal": func(w http.ResponseWriter) error { return RenderJournal(w, http.StatusOK, empty) },
		"event":            func(w http.ResponseWriter) error { return RenderEvent(w, http.StatusOK, detail) },
		"checks":           func(w http.ResponseWriter) error { return RenderChecks(w, http.StatusOK, checks) },
		"no checks yet":    func(w http.ResponseWriter) error { return RenderChecks(w, http.StatusOK, noChecks) },
		"set-up":           func(w http.ResponseWriter) error { return RenderSetup(w, http.StatusOK, setup) },
		"recovery":         func(w http.ResponseWriter) error { return RenderSetup(w, http.StatusOK, recovery) },
		"a bad link":       func(w http.ResponseWriter) error { return RenderError(w, http.StatusNotFound, missing) },
		"not staff":        func(w http.ResponseWriter) error { return RenderNotStaff(w, http.StatusForbidden, notStaff) },
		"error":            func(w http.ResponseWriter) error { return RenderError(w, http.StatusInternalServerError, failure) },
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
		t.Run(name, func(t *testing.T) {
			html := body(t, render)
			uitest.Page(t, html)
			if len(html) > 100_000 {
				t.Errorf("the page weighs %d bytes", len(html))
			}
		})
	}
}

func TestEveryPageIsDeafToHostileText(t *testing.T) {
	for i, text := range uitest.Hostile {
		for name, render := range renders(func(view any) { uitest.Fill(view, text) }) {
			t.Run(fmt.Sprintf("%s with text %d", name, i), func(t *testing.T) { uitest.Page(t, body(t, render)) })
		}
	}
}

func TestTheLivePartIsTheSameAsInThePage(t *testing.T) {
	whole := string(body(t, func(w http.ResponseWriter) error { return RenderJournal(w, http.StatusOK, journal()) }))
	part := string(body(t, func(w http.ResponseWriter) error { return RenderJournalLive(w, http.StatusOK, journal()) }))
	for _, id := range []string{`<div id="seal"`, `<section id="journal"`} {
		if !strings.HasPrefix(part[strings.Index(part, id):], id) || !strings.Contains(whole, id) {
			t.Errorf("%s is missing", id)
		}
	}
	list := part[strings.Index(part, `<section id="journal"`):]
	if !strings.Contains(whole, strings.TrimSpace(list)) {
		t.Error("the list in the page differs from the live one")
	}
	if strings.Contains(part, "<html") {
		t.Error("the live part is a whole page")
	}
}

func TestJournalSaysItsSealInWordsAndShape(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state SealState
		want  string
	}{
		{"a verified seal", SealVerified, "Verified"},
		{"a broken seal", SealBroken, "Does not verify"},
		{"a seal not looked at", SealUnknown, "Not verified"},
		{"a state nobody set is not taken for good", "", "Not verified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			view := journal()
			view.Seal.State = tt.state
			root := uitest.Page(t, body(t, func(w http.ResponseWriter) error { return RenderJournal(w, http.StatusOK, view) }))
			if got := uitest.Text(uitest.ByID(t, root, "seal")); !strings.Contains(got, tt.want) {
				t.Errorf("%q is missing in %q", tt.want, got)
			}
		})
	}
}

func TestDurationsInWords(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"just now": time.Second, "90 seconds ago": 90 * time.Second, "119 minutes ago": 119 * time.Minute,
		"47 hours ago": 47 * time.Hour, "2 days ago": 48 * time.Hour,
	} {
		if got := english.distance(d); got != want {
			t.Errorf("%v ago reads %q, want %q", d, got, want)
		}
	}
	for want, d := range map[string]time.Duration{
		"every 90 seconds": 90 * time.Second, "every minute": time.Minute, "every 5 minutes": 5 * time.Minute,
		"every hour": time.Hour, "every day": 24 * time.Hour, "every 7 days": 7 * 24 * time.Hour,
	} {
		if got := english.every(d); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}

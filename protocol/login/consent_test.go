package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

func (h *house) signedIn(email string) *logintest.Browser {
	b := h.Browser()
	h.Enter(b, acmeID, email)
	return b
}

func (h *house) session(b *logintest.Browser) *session.Session {
	h.Helper()
	s, err := session.Find(h.Context(), h.DB, acmeID, b.Cookie(atAcme, cookie), h.Clock.Now())
	h.Must(err)
	return s
}

func TestConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		h.Person(acmeID, ann)
		b := h.signedIn(ann)
		for action, want := range map[string]string{"accept": login.Accepted, "deny": login.Denied} {
			page := setOut(b, acme, "consent")
			text := uitest.Text(b.Get(page).Want(http.StatusOK).Page())
			for _, word := range []string{ann, "App of acme", "Read your notes", "In Notes"} {
				if !strings.Contains(text, word) {
					t.Errorf("the page does not say %q", word)
				}
			}
			b.Post(page, url.Values{"action": {action}}).Want(http.StatusSeeOther)
			j, err := h.resume(b, page)
			h.Must(err)
			if got := j.Stage.Answer(h.session(b)); got != want {
				t.Errorf("the answer is %q, want %q", got, want)
			}
		}
	})
}

func TestNobodyAnswersForAnother(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	h.Person(acmeID, "bob@example.com")
	b := h.signedIn(ann)
	page := setOut(b, acme, "consent")
	b.Post(page, url.Values{}).Want(http.StatusBadRequest)
	asked := h.session(b)
	h.Enter(b, acmeID, "bob@example.com")
	resume := strings.Replace(strings.TrimPrefix(page, acme), "/u/consent", "/authorize/resume", 1)
	if answer := b.Get(page).Want(http.StatusSeeOther); answer.Location() != resume {
		t.Errorf("somebody else is shown the question: %s", answer.Location())
	}
	b.Post(page, url.Values{"action": {"accept"}}).Want(http.StatusSeeOther)
	j, err := h.resume(b, page)
	h.Must(err)
	if j.Stage.Answer(asked) != "" || j.Stage.Answer(h.session(b)) != "" || j.Stage.Answer(nil) != "" {
		t.Errorf("the other's answer counts: %+v", j.Stage)
	}
}

func TestProofIsThatOfTheSession(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	h.Person(acmeID, "bob@example.com")
	b := h.signedIn(ann)
	page := setOut(b, acme, "login")
	j, err := h.resume(b, page)
	h.Must(err)
	if j.Stage.Proved(h.session(b)) {
		t.Error("a session from before counts as proof")
	}
	b.Post(page, credentials(ann, password)).Want(http.StatusSeeOther)
	j, err = h.resume(b, page)
	h.Must(err)
	if !j.Stage.Proved(h.session(b)) {
		t.Error("signing in is no proof")
	}
	h.Enter(b, acmeID, "bob@example.com")
	if j.Stage.Proved(h.session(b)) || j.Stage.Proved(nil) {
		t.Error("one user's proof counts for another")
	}
}

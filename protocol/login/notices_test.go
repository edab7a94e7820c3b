package login_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/jobs"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/notify"
	"github.com/gatehouse/gatehouse/protocol/login"
)

func TestWhoeverIsGuessedAtGetsOneMail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		h.Person(acmeID, ann)
		mail, err := notify.New(d, h.Keys, jobs.New(d, clk, h.Log), notify.Config{}, h.Log)
		h.Must(err)
		notices := &login.Notices{DB: d, Tenants: h.Tenants, Mail: mail, Log: h.Log}
		h.Journal.Listen("test.notices", []*journal.Kind{login.Blocked}, notices.AccountBlocked)
		h.Events(acmeID)
		h.Journal.Deliver(t.Context()) // A listener begins with the next event.
		b := h.Browser()
		page := setOut(b, acme, "login")
		for _, email := range []string{ann, "eve@example.com"} {
			h.fails(email, 9)
			b.Post(page, credentials(email, "wrong")).Want(http.StatusBadRequest)
		}
		heard := h.Events(acmeID)
		h.Journal.Deliver(t.Context())
		for _, e := range heard { // Once more, as after a crash.
			if e.Kind == login.Blocked {
				h.Must(notices.AccountBlocked(t.Context(), e))
			}
		}
		sent, err := mail.Outbox(t.Context(), acmeID, 10)
		h.Must(err)
		if len(sent) != 1 || sent[0].To != "<"+ann+">" || sent[0].Kind != "blocked_account" {
			t.Fatalf("the outbox holds %+v", sent)
		}
		read, err := mail.Read(t.Context(), acmeID, sent[0].ID)
		h.Must(err)
		if !strings.Contains(read.Text, "192.0.2.10") || !strings.Contains(read.HTML, "192.0.2.10") {
			t.Errorf("the mail says %s", read.Text)
		}
	})
}

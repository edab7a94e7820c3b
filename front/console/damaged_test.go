package console_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/record/staff"
)

// Who can write into the database must not be able to blind the console.
func TestAnEventThatDoesNotOpenIsShownAsSuch(t *testing.T) {
	each(t, func(h *house) {
		ada, b := h.first(), h.browser()
		b.signIn(ada, "/")
		for _, name := range []string{"before", "spoilt", "behind"} {
			h.write(func(tx *db.Tx) error {
				return h.journal.Record(h.Context(), tx, journal.Event{Kind: staff.Denied, Tenant: "default", Actor: journal.Ref{Type: "user", ID: name, Name: name}})
			})
		}
		h.seal()
		state, err := h.journal.State(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		spoilt := strconv.FormatInt(state.Sealed-2, 10)
		h.write(func(tx *db.Tx) error {
			_, err := tx.Exec(h.Context(), `UPDATE journal SET payload = salt WHERE position = `+spoilt)
			return err
		})
		for _, path := range []string{"/console/journal", "/console/journal?q=tenant%3Adefault", "/console/journal/live"} {
			a := b.get(path)
			if a.status != http.StatusOK || strings.Count(a.body, "(cannot be opened)") != 1 || !strings.Contains(a.body, "before") || !strings.Contains(a.body, "behind") {
				h.Errorf("%s answers %d %s", path, a.status, a.body)
			}
		}
		a := b.get("/console/journal/" + spoilt)
		if a.status != http.StatusOK || !strings.Contains(a.body, "it was altered in the database, or its key is missing") || !strings.Contains(a.body, "damaged") {
			h.Errorf("alone it answers %d %s", a.status, a.body)
		}
		if r, err := h.journal.Verify(h.Context()); err != nil || r.Sound {
			h.Errorf("the verification says %+v, %v", r, err)
		}
	})
}

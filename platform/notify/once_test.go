package notify_test

import (
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/notify"
)

// TestAnIDIsQueuedOnce: a journal listener hears an event at least once.
func TestAnIDIsQueuedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		p := open(t, d, clk, notify.Config{})
		for _, text := range []string{"first", "second"} {
			m := message
			m.ID, m.Text = "event", text
			if err := p.send(m); err != nil {
				t.Fatal(err)
			}
		}
		if m := p.only(t); m.ID != "event" || m.Text != "first" {
			t.Errorf("queued %s: %s", m.ID, m.Text)
		}
	})
}

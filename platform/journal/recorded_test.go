package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// The sealer knows what its own process has recorded and reads what others
// have: both must come to the same commitments.
func TestOneProcessSealsWhatSeveralRecorded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		sealer := open(t, d, clk)
		other := &fixture{db: d, clk: clk}
		var err error
		other.Journal, err = journal.Open(context.Background(), journal.Config{DB: d, Keys: sealer.keys, Clock: clk, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			clk.Forward(time.Millisecond)
			[]*fixture{sealer, other}[i%2].record(t, "acme", opened, fmt.Sprint("u", i))
		}
		if n := sealer.seal(t); n != 40 {
			t.Errorf("%d events were sealed, want 40", n)
		}
		if r, err := sealer.Verify(context.Background(), sealer.held...); err != nil || !r.Sound || r.Verified != 40 {
			t.Errorf("verification: %+v, %v", r, err)
		}
	})
}

func TestAStampIsThatOfTheTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		ctx := context.Background()
		f := open(t, d, clk)
		stamped, err := journal.Open(ctx, journal.Config{DB: d, Keys: f.keys, Clock: clk, Log: slog.New(slog.DiscardHandler),
			Stamp: `(SELECT count(*) FROM leases WHERE name = %s)`})
		if err != nil {
			t.Fatal(err)
		}
		for want := range int64(2) {
			if err := d.Write(ctx, func(tx *db.Tx) error {
				got, err := stamped.RecordStamped(ctx, tx, journal.Event{Kind: opened, Tenant: "acme", Actor: journal.Ref{Type: "user", ID: "u"}})
				if err == nil && got != want {
					t.Errorf("the stamp is %d, want %d", got, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO leases (name, holder, fence, until) VALUES ('acme', '', 0, 0) ON CONFLICT (name) DO NOTHING`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

var (
	opened  = journal.Register(journal.Kind{Name: "test.door.opened", Title: "Door opened"})
	refused = journal.Register(journal.Kind{Name: "test.door.refused", Title: "Door refused", Failure: true})
)

type fixture struct {
	*journal.Journal
	db   *db.DB
	keys *keyring.Keyring
	root keyring.Root
	clk  *clock.Fake
	held []string
}

func open(t *testing.T, d *db.DB, clk *clock.Fake) *fixture {
	t.Helper()
	ctx := context.Background()
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{db: d, clk: clk, root: root, keys: keyring.New(root, slog.New(slog.DiscardHandler))}
	for _, tenant := range []string{journal.System, "acme", "other"} {
		if err := f.keys.Provision(ctx, d, tenant); err != nil {
			t.Fatal(err)
		}
	}
	f.Journal, err = journal.Open(ctx, journal.Config{DB: d, Keys: f.keys, Clock: clk, Log: slog.New(slog.DiscardHandler),
		Publish: func(note string) error { f.held = append(f.held, note); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) record(t *testing.T, tenant string, k *journal.Kind, actor string) {
	t.Helper()
	ctx := journal.WithSource(context.Background(), &journal.Source{IP: netip.MustParseAddr("192.0.2.7")})
	if err := f.db.Write(ctx, func(tx *db.Tx) error {
		return f.Record(ctx, tx, journal.Event{Kind: k, Tenant: tenant, Actor: journal.Ref{Type: "user", ID: actor, Name: "name of " + actor}})
	}); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) seal(t *testing.T) int {
	t.Helper()
	n, err := f.Seal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPositionsAreDense(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f := open(t, d, clk)
		for range 3 {
			for i := range 300 {
				clk.Forward(time.Millisecond)
				f.record(t, "acme", opened, fmt.Sprint("u", i%7))
			}
			f.seal(t)
		}
		page, err := f.List(context.Background(), journal.Filter{Tenant: "acme", Oldest: true, Limit: 1000})
		if err != nil || len(page.Entries) != 900 {
			t.Fatalf("%d events, %v", len(page.Entries), err)
		}
		for i, e := range page.Entries {
			if e.Position != int64(i) || e.Actor.Name == "" || e.Source.IP != netip.MustParseAddr("192.0.2.7") {
				t.Fatalf("event %d: %+v", i, e)
			}
		}
		if r, err := f.Verify(context.Background(), f.held...); err != nil || !r.Sound || r.Verified != 900 {
			t.Errorf("verification: %+v, %v", r, err)
		}
	})
}

func TestVerifyFinds(t *testing.T) {
	for _, tt := range []struct {
		name, tamper, finds string
	}{
		{"an edited payload", `UPDATE journal SET payload = salt WHERE position = 4`, "event 4 is not what was sealed"},
		{"an edited actor", `UPDATE journal SET actor = 'mallory' WHERE position = 4`, "event 4 is not what was sealed"},
		{"an edited time", `UPDATE journal SET at = at - 1 WHERE position = 4`, "event 4 is not what was sealed"},
		{"an event moved to another tenant", `UPDATE journal SET tenant = 'other' WHERE position = 4`, "event 4 is not what was sealed"},
		{"a deleted event", `DELETE FROM journal WHERE position = 4`, "event 4 is missing"},
		{"a log cut short", `DELETE FROM journal WHERE position >= 8`, "a checkpoint covers 10 events, and there are 8"},
		{"a forged checkpoint", `UPDATE journal_checkpoints SET note = replace(note, 'time 2026', 'time 2027')`, "a checkpoint does not verify"},
		{"a rewritten transparency log", `UPDATE journal_blocks SET hashes = (SELECT salt FROM journal WHERE position = 0)`, "event 0 has no commitment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
				f, ctx := open(t, d, clk), context.Background()
				for range 10 {
					clk.Forward(time.Second)
					f.record(t, "acme", opened, "u")
				}
				f.seal(t)
				if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, tt.tamper); return err }); err != nil {
					t.Fatal(err)
				}
				r, err := f.Verify(ctx, f.held...)
				if err != nil || r.Sound || !strings.HasPrefix(r.Finding, tt.finds) {
					t.Errorf("found %+v, %v; want %q", r, err, tt.finds)
				}
			})
		})
	}
}

func TestALogRewrittenWholeDisagreesWithAHeldCheckpoint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		f.record(t, "acme", refused, "thief")
		f.seal(t)
		// Everything in the database is rolled back and written again without the refusal.
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for _, table := range []string{"journal", "journal_blocks", "journal_checkpoints"} {
				if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		g, err := journal.Open(ctx, journal.Config{DB: d, Keys: f.keys, Clock: clk, Log: f.Log})
		if err != nil {
			t.Fatal(err)
		}
		clk.Forward(time.Minute) // The former sealer's lease runs out.
		f.Journal = g
		f.record(t, "acme", opened, "thief")
		f.seal(t)
		if r, err := g.Verify(ctx); err != nil || !r.Sound {
			t.Fatalf("the rewritten log is consistent in itself: %+v, %v", r, err)
		}
		if r, err := g.Verify(ctx, f.held...); err != nil || r.Sound {
			t.Errorf("a held checkpoint agrees with a rewritten log: %+v, %v", r, err)
		}
	})
}

func TestErasureLeavesTheCommitment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		f.record(t, "acme", opened, "leaver")
		f.record(t, "acme", opened, "stayer")
		f.seal(t)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			return f.keys.Destroy(ctx, tx, keyring.Scope{Tenant: "acme", Namespace: "journal", Subject: "leaver"})
		}); err != nil {
			t.Fatal(err)
		}
		page, err := f.List(ctx, journal.Filter{Oldest: true})
		if err != nil || len(page.Entries) != 2 {
			t.Fatal(page, err)
		}
		if e := page.Entries[0]; !e.Erased || e.Actor.Name != "" {
			t.Errorf("what is left of the erased: %+v", e)
		}
		if e := page.Entries[1]; e.Erased || e.Actor.Name == "" {
			t.Errorf("the other lost something: %+v", e)
		}
		if r, err := f.Verify(ctx); err != nil || !r.Sound {
			t.Errorf("after an erasure: %+v, %v", r, err)
		}
	})
}

func TestListenersHearInOrderAtLeastOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		var heard []string
		failing := true
		f.Listen("test", []*journal.Kind{opened}, func(_ context.Context, e journal.Entry) error {
			heard = append(heard, e.Actor.ID)
			if e.Actor.ID == "b" && failing {
				failing = false
				return errors.New("not now")
			}
			return nil
		})
		f.Deliver(ctx) // Its cursor begins here.
		for _, who := range []string{"a", "b", "c"} {
			clk.Forward(time.Second)
			f.record(t, "acme", opened, who)
			f.record(t, "acme", refused, who)
		}
		f.seal(t)
		for range 3 {
			f.Deliver(ctx)
		}
		if got := strings.Join(heard, ""); got != "abbc" {
			t.Errorf("heard %q, want a, b, b again, c", got)
		}
	})
}

func TestListPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		for i := range 25 {
			clk.Forward(time.Second)
			f.record(t, []string{"acme", "other"}[i%2], opened, fmt.Sprint(i))
		}
		f.seal(t)
		var seen []string
		for before := int64(0); before >= 0; {
			page, err := f.List(ctx, journal.Filter{Tenant: "acme", Before: before, Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				seen = append(seen, e.Actor.ID)
			}
			if before = page.Next; before == 0 {
				break
			}
		}
		if got := strings.Join(seen, " "); got != "24 22 20 18 16 14 12 10 8 6 4 2 0" {
			t.Errorf("pages give %s", got)
		}
	})
}

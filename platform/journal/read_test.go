package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// fat records an event of about so many bytes.
func (f *fixture) fat(t *testing.T, kind *journal.Kind, actor string, bytes int) {
	t.Helper()
	facts := map[string]any{}
	for i := range bytes / 1000 {
		facts[fmt.Sprint("fact", i)] = strings.Repeat("x", 1000)
	}
	ctx := context.Background()
	if err := f.db.Write(ctx, func(tx *db.Tx) error {
		return f.Record(ctx, tx, journal.Event{Kind: kind, Tenant: "acme", Actor: journal.Ref{Type: "user", ID: actor}, Details: facts})
	}); err != nil {
		t.Fatal(err)
	}
}

// quiet puts events into the journal that nobody should have to open.
func (f *fixture) quiet(t *testing.T, n int) {
	t.Helper()
	ctx := context.Background()
	if err := f.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO journal (id, tenant, at, kind, actor, object, subject, salt, payload)
			SELECT 'q' || CAST(i AS TEXT), 'acme', 0, 'test.quiet', '', '', '', $2, $2 FROM n`, n-1, []byte("not sealed"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	f.seal(t)
}

func (f *fixture) tamper(t *testing.T, statement string) {
	t.Helper()
	ctx := context.Background()
	if err := f.db.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, statement); return err }); err != nil {
		t.Fatal(err)
	}
}

// all pages through to the end and returns who acted, and how many pages it took.
func (f *fixture) all(t *testing.T, filter journal.Filter) (actors []string, pages int) {
	t.Helper()
	for {
		page, err := f.List(context.Background(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			actors = append(actors, e.Actor.ID)
		}
		if pages++; page.Next < 0 || pages > 100 {
			return actors, pages
		}
		if filter.Oldest {
			filter.From = page.Next
		} else {
			filter.Before = page.Next
		}
	}
}

func TestAPageIsBoundedByItsBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f := open(t, d, clk)
		const n, size = 120, 50_000
		for i := range n {
			f.fat(t, opened, fmt.Sprint(i), size)
		}
		f.seal(t)
		for _, oldest := range []bool{true, false} {
			page, err := f.List(context.Background(), journal.Filter{Oldest: oldest, Limit: 1000})
			if err != nil || !page.Full || page.Next < 0 || len(page.Entries) > (4<<20)/size+1 || len(page.Entries) < (4<<20)/(2*size) {
				t.Errorf("a page has %d events, full %t, next %d, %v", len(page.Entries), page.Full, page.Next, err)
			}
			actors, pages := f.all(t, journal.Filter{Oldest: oldest, Limit: 1000})
			if slices.Sort(actors); len(slices.Compact(actors)) != n || len(actors) != n || pages > 4 {
				t.Errorf("%d pages give %d events, want %d", pages, len(actors), n)
			}
		}
	})
}

func TestASearchOpensNoMoreThanItsBound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		f.record(t, "acme", opened, "needle")
		f.seal(t)
		f.quiet(t, 6000)
		asked := 0
		page, err := f.List(ctx, journal.Filter{Tenant: "acme", Match: func(e *journal.Entry) bool { asked++; return e.Actor.ID == "needle" }})
		if err != nil || asked != 5000 || len(page.Entries) != 0 || page.Next != 1001 || page.Full {
			t.Fatalf("%d events were opened, %d found, next %d, %v", asked, len(page.Entries), page.Next, err)
		}
		if actors, pages := f.all(t, journal.Filter{Match: func(e *journal.Entry) bool { return e.Actor.ID == "needle" }}); len(actors) != 1 || pages != 2 {
			t.Errorf("%d pages give %v", pages, actors)
		}
	})
}

func TestASearchForKindsOpensNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		for _, who := range []string{"first", "second"} {
			f.record(t, "acme", opened, who)
		}
		f.seal(t)
		f.quiet(t, 12_000)
		f.record(t, "other", opened, "stranger")
		f.record(t, "acme", opened, "last")
		f.record(t, "acme", refused, "nobody")
		f.seal(t)
		kinds := []string{opened.Name}
		for _, tt := range []struct {
			name   string
			filter journal.Filter
			want   string
		}{
			{"newest first", journal.Filter{Limit: 10}, "last second first"},
			{"newest first, one at a time", journal.Filter{Limit: 1}, "last second first"},
			{"oldest first", journal.Filter{Limit: 10, Oldest: true}, "first second last"},
			{"oldest first, one at a time", journal.Filter{Limit: 1, Oldest: true}, "first second last"},
			{"from a position on", journal.Filter{Limit: 10, From: 1}, "last second"},
			{"before a position", journal.Filter{Limit: 10, Before: 1}, "first"},
			{"of those, what matches", journal.Filter{Limit: 1, Match: func(e *journal.Entry) bool {
				if e.KindName != opened.Name {
					t.Errorf("%s was opened", e.KindName)
				}
				return e.Actor.ID == "first"
			}}, "first"},
		} {
			tt.filter.Tenant, tt.filter.Kinds = "acme", kinds
			if actors, _ := f.all(t, tt.filter); strings.Join(actors, " ") != tt.want {
				t.Errorf("%s: %v, want %s", tt.name, actors, tt.want)
			}
		}
		for _, oldest := range []bool{true, false} {
			found, err := f.Positions(ctx, journal.Filter{Tenant: "acme", Kinds: kinds, Oldest: oldest, Limit: 2})
			if want := map[bool][]int64{true: {0, 1}, false: {12_003, 1}}[oldest]; err != nil || !slices.Equal(found, want) {
				t.Errorf("positions %v, want %v, %v", found, want, err)
			}
		}
	})
}

func TestASearchForKindsThatAreRareEndsAndTellsWhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f := open(t, d, clk)
		f.record(t, "acme", opened, "needle")
		f.seal(t)
		f.quiet(t, 70_000)
		filter := journal.Filter{Tenant: "acme", Kinds: []string{opened.Name}}
		page, err := f.List(context.Background(), filter)
		if err != nil || len(page.Entries) != 0 || page.Next != 70_001-60_000 {
			t.Fatalf("%d events, next %d, %v", len(page.Entries), page.Next, err)
		}
		if actors, pages := f.all(t, filter); len(actors) != 1 || pages != 2 {
			t.Errorf("%d pages give %v", pages, actors)
		}
		filter.Oldest, filter.From = true, 1
		if page, err := f.List(context.Background(), filter); err != nil || page.Next != 60_001 {
			t.Errorf("next %d, %v", page.Next, err)
		}
	})
}

func TestAnEventThatDoesNotOpenHidesNoOther(t *testing.T) {
	for name, tamper := range map[string]string{
		"a payload that was never sealed":     `UPDATE journal SET payload = salt WHERE position = 1`,
		"an empty payload":                    `UPDATE journal SET payload = '' WHERE position = 1`,
		"another event's payload":             `UPDATE journal SET payload = (SELECT payload FROM journal WHERE position = 0) WHERE position = 1`,
		"an event moved to another tenant":    `UPDATE journal SET tenant = 'other' WHERE position = 1`,
		"an event given to another person":    `UPDATE journal SET subject = 'mallory' WHERE position = 1`,
		"a key that was taken away":           `DELETE FROM keys WHERE subject = 'b'`,
		"a payload that is sealed, not JSON":  "",
		"a payload that is another JSON type": "",
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
				f, ctx := open(t, d, clk), context.Background()
				var logged strings.Builder
				f.Log = slog.New(slog.NewTextHandler(&logged, nil))
				var heard []string
				f.Listen("test", []*journal.Kind{opened}, func(_ context.Context, e journal.Entry) error {
					heard = append(heard, e.Actor.ID)
					return nil
				})
				f.Deliver(ctx)
				for _, who := range []string{"a", "b", "c"} {
					clk.Forward(time.Second)
					f.record(t, "acme", opened, who)
				}
				f.seal(t)
				if tamper != "" {
					f.tamper(t, tamper)
				} else {
					f.replace(t, 1, map[bool]string{true: "{", false: `{"actor":7}`}[strings.Contains(name, "not JSON")])
				}
				f.Keys = keyring.New(f.root, f.Log) // one that remembers no key
				page, err := f.List(ctx, journal.Filter{})
				if err != nil || len(page.Entries) != 3 {
					t.Fatalf("%d events, %v", len(page.Entries), err)
				}
				for _, e := range page.Entries {
					if e.Damaged != (e.Position == 1) || e.Damaged != (e.Actor.Name == "") || e.KindName != opened.Name {
						t.Errorf("%+v", e)
					}
				}
				if e, err := f.At(ctx, "", 1); err != nil || !e.Damaged {
					t.Errorf("alone it is %+v, %v", e, err)
				}
				f.Deliver(ctx)
				if got := strings.Join(heard, ""); got != "ac" || !strings.Contains(logged.String(), "position=1") {
					t.Errorf("heard %q and logged %q", got, &logged)
				}
			})
		})
	}
}

// A listener is never handed more at once than fits a page, and misses nothing.
func TestAListenerHearsFatEventsByAndBy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		f, ctx := open(t, d, clk), context.Background()
		heard := 0
		f.Listen("test", []*journal.Kind{opened}, func(context.Context, journal.Entry) error { heard++; return nil })
		f.Deliver(ctx)
		for i := range 120 {
			f.fat(t, opened, fmt.Sprint(i), 50_000)
		}
		f.seal(t)
		if f.Deliver(ctx); heard == 0 || heard > 90 {
			t.Errorf("%d events in the first turn", heard)
		}
		if f.Deliver(ctx); heard != 120 {
			t.Errorf("%d events were heard", heard)
		}
	})
}

// replace seals another payload where the event's own stood.
func (f *fixture) replace(t *testing.T, position int64, payload string) {
	t.Helper()
	ctx := context.Background()
	if err := f.db.Write(ctx, func(tx *db.Tx) error {
		var id, subject string
		if err := tx.QueryRow(ctx, `SELECT id, subject FROM journal WHERE position = $1`, position).Scan(&id, &subject); err != nil {
			return err
		}
		sealed, err := f.keys.Seal(ctx, tx, keyring.Scope{Tenant: "acme", Namespace: "journal", Subject: subject},
			keyring.Field{Table: "journal", Column: "payload", Row: id}, []byte(payload))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE journal SET payload = $1 WHERE position = $2`, sealed, position)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

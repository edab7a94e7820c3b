package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

func count(t *testing.T, q db.Querier, query string, args ...any) (n int) {
	t.Helper()
	if err := q.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const insert = `INSERT INTO installation (name, value) VALUES ($1, '{}')`

func TestOneFailureDoesNotTakeItsNeighboursAlong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, refused := context.Background(), errors.New("refused")
		var wait sync.WaitGroup
		for i := range 60 {
			wait.Go(func() {
				err := d.Write(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec(ctx, insert, fmt.Sprint(i)); err != nil {
						return err
					}
					if i%3 == 0 {
						return refused
					}
					return nil
				})
				if want := map[bool]error{true: refused}[i%3 == 0]; !errors.Is(err, want) {
					t.Errorf("write %d: %v, want %v", i, err, want)
				}
			})
		}
		wait.Wait()
		if n := count(t, d, "SELECT count(*) FROM installation"); n != 40 {
			t.Errorf("%d rows, want the 40 that were acknowledged", n)
		}
	})
}

func TestEffectsFollowTheCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, ran := context.Background(), 0
		_ = d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { ran++ })
			return errors.New("refused")
		})
		if ran != 0 {
			t.Error("an effect followed a rollback")
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { ran++ })
			_, err := tx.Exec(ctx, insert, "a")
			return err
		}); err != nil || ran != 1 {
			t.Errorf("after a commit the effect ran %d times (%v)", ran, err)
		}
	})
}

func TestAPanicReachesItsCallerAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(ctx, func(tx *db.Tx) error { panic("bad closure") })
		}()
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, insert, "a"); return err }); err != nil {
			t.Errorf("the next write: %v", err)
		}
	})
}

func TestSerializable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		bump := func(tx *db.Tx) error {
			n := 0
			if err := tx.QueryRow(ctx, `SELECT fence FROM leases WHERE name = 'counter'`).Scan(&n); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE leases SET fence = $1 WHERE name = 'counter'`, n+1)
			return err
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO leases (name, holder, fence, until) VALUES ('counter', '', 0, 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for range 12 {
			wait.Go(func() {
				if err := d.Write(ctx, bump); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if n := count(t, d, "SELECT fence FROM leases"); n != 12 {
			t.Errorf("12 increments came to %d", n)
		}
	})
}

func TestErrorsByCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		twice := d.Write(ctx, func(tx *db.Tx) error {
			_, _ = tx.Exec(ctx, insert, "a")
			_, err := tx.Exec(ctx, insert, "a")
			return err
		})
		if !db.Unique(twice) {
			t.Errorf("the same key twice: %v", twice)
		}
		orphan := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO apis (tenant, id, identifier, name, settings, created_at, updated_at) VALUES ('nobody', 'a', 'a', 'a', '{}', 0, 0)`)
			return err
		})
		if !db.ForeignKey(orphan) {
			t.Errorf("a row of no tenant: %v", orphan)
		}
	})
}

func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for _, name := range []string{"a", "b", "c\"'"} {
				if _, err := tx.Exec(ctx, insert, name); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		in := "SELECT count(*) FROM installation WHERE name IN " + db.InTexts(d, 1)
		if n := count(t, d, in, db.List(d, []string{"a", "c\"'", "z"})); n != 2 {
			t.Errorf("%d of the list found, want 2", n)
		}
		if n := count(t, d, in, db.List(d, []string(nil))); n != 0 {
			t.Errorf("%d of an empty list found", n)
		}
		order := "SELECT ordinal FROM " + db.Ordered(d, 1) + " WHERE value = 'y'"
		if n := count(t, d, order, db.List(d, []string{"x", "y"})); n != 1 {
			t.Errorf("the second has ordinal %d", n)
		}
	})
}

func TestJSONColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		in := db.JSON[map[string]string]{V: map[string]string{"a": "é\"\\"}}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ('x', $1)`, in)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var out db.JSON[map[string]string]
		if err := d.QueryRow(ctx, `SELECT value FROM installation WHERE name = 'x'`).Scan(&out); err != nil || out.V["a"] != in.V["a"] {
			t.Errorf("came back as %v, %v", out.V, err)
		}
	})
}

func TestWritesAfterCloseAreRefused(t *testing.T) {
	d := dbtest.Open(t, clock.NewFake(dbtest.Start))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(context.Background(), func(*db.Tx) error { return nil }); err == nil {
		t.Error("a closed database took a write")
	}
}

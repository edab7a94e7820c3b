package limit_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

// started is a process that has just started on the database.
func started(t *testing.T, d *db.DB, clk clock.Clock) *limit.Keeper {
	t.Helper()
	l, err := limit.New(limit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	k := &limit.Keeper{Limiter: l, DB: d, Clock: clk}
	if err := k.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func save(t *testing.T, k *limit.Keeper) {
	t.Helper()
	if err := k.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSpentSurvivesARestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		first, key := started(t, d, clk), limit.Name("anne")
		for first.Limiter.Allow(key, limit.Setup, clk.Now()).Allowed { // Uses up what there is.
		}
		first.Limiter.Allow(key, limit.Page, clk.Now())
		save(t, first)
		clk.Forward(2 * time.Second)
		second := started(t, d, clk)
		if got := second.Limiter.Peek(key, limit.Setup, clk.Now()); got.Remaining != 2 || got.Limit != 10 {
			t.Errorf("after the restart, two seconds later: %+v", got)
		}
		if got := second.Limiter.Peek(limit.Name("ben"), limit.Setup, clk.Now()); got.Remaining != 10 {
			t.Errorf("somebody else: %+v", got)
		}
		if n := rows(t, d); n != 1 {
			t.Errorf("%d rows; a bucket that is nearly full was written too", n)
		}
		save(t, second)
		clk.Forward(time.Minute)
		save(t, second)
		if n := rows(t, d); n != 0 {
			t.Errorf("%d rows are left when every bucket is full", n)
		}
	})
}

// TestAnAddressStaysHeldBack: a restart gives nobody its guesses again.
func TestAnAddressStaysHeldBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		first, attacker := started(t, d, clk), limit.Pair(netip.MustParseAddr("192.0.2.66"), "acme")
		for range 300 {
			first.Limiter.Allow(attacker, limit.LoginFailure, clk.Now())
		}
		save(t, first)
		clk.Forward(30 * time.Second)
		if got := started(t, d, clk).Limiter.Peek(attacker, limit.LoginFailure, clk.Now()); got.Allowed || got.RetryAfter != 6*time.Second {
			t.Errorf("after the restart: %+v", got)
		}
	})
}

func TestTwoProcessesKeepTheFullerStory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		one, two, key := started(t, d, clk), started(t, d, clk), limit.Name("anne")
		for range 8 {
			one.Limiter.Allow(key, limit.Setup, clk.Now())
		}
		for range 3 {
			two.Limiter.Allow(key, limit.Setup, clk.Now())
		}
		save(t, one)
		save(t, two)
		if got := started(t, d, clk).Limiter.Peek(key, limit.Setup, clk.Now()); got.Remaining != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestManyBucketsAreSavedInBatches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		k := started(t, d, clk)
		for i := range 600 {
			for range 5 {
				k.Limiter.Allow(limit.Name(fmt.Sprint(i)), limit.Setup, clk.Now())
			}
		}
		save(t, k)
		if n := rows(t, d); n != 600 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestUnknownRowsArePassedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		until := db.Micros(clk.Now().Add(time.Hour))
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO limit_buckets (bucket, tat) VALUES ('later-class:00', $1), ('login:zz', $1), ('', $1)`, until)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		started(t, d, clk)
	})
}

func rows(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `SELECT count(*) FROM limit_buckets`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

package check_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

var ctx = context.Background()

func only(t *testing.T, c *check.Checks) check.Row {
	t.Helper()
	all, err := c.Latest(ctx)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d rows (%v)", len(all), err)
	}
	return all[0]
}

func fails(n int) (all []check.Failure) {
	for i := range n {
		all = append(all, check.Failure{Subject: fmt.Sprint(i), Reason: "too old\x00"})
	}
	return all
}

func TestStates(t *testing.T) {
	for _, tt := range []struct {
		name     string
		run      func(context.Context) check.Result
		state    check.State
		summary  string
		failures int
	}{
		{"everything passes", func(context.Context) check.Result { return check.Of(3, nil, map[string]any{"oldest": 1.5}) }, check.Kept, "All 3 pass.", 0},
		{"something fails", func(context.Context) check.Result { return check.Of(300, fails(2), nil) }, check.Broken, "2 of 300 fail.", 2},
		{"more fails than is stored", func(context.Context) check.Result { return check.Of(300, fails(250), nil) }, check.Broken, "250 of 300 fail.", 100},
		{"there is nothing yet", func(context.Context) check.Result { return check.Of(0, nil, nil) }, check.NotYet, "There is nothing to look at yet.", 0},
		{"it cannot find out", func(context.Context) check.Result { return check.Failed(errors.New("no route")) }, check.Unverified, "The check could not run: no route", 0},
		{"it panics", func(context.Context) check.Result { panic("oops") }, check.Unverified, "The check could not run: it panicked: oops", 0},
		{"it answers nonsense", func(context.Context) check.Result { return check.Result{} }, check.Unverified, `The check could not run: it answered with the unknown state ""`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
				c := check.New(d, clk)
				c.Register(check.Probe{Name: "p", Title: "Title", Claim: "Claim.", Every: time.Hour, Run: tt.run})
				if r := only(t, c); r.State != check.Unverified || !r.At.IsZero() {
					t.Errorf("before the first run: %+v", r)
				}
				if err := c.RunDue(ctx); err != nil {
					t.Fatal(err)
				}
				r := only(t, c)
				if r.State != tt.state || r.Summary != tt.summary || len(r.Failures) != tt.failures || !r.At.Equal(dbtest.Start) || r.Title != "Title" || len(r.Definition) != 64 {
					t.Errorf("found %+v", r)
				}
				if tt.state == check.Kept {
					if diff := cmp.Diff(map[string]any{"oldest": 1.5}, r.Facts); diff != "" {
						t.Error(diff)
					}
				}
			})
		})
	}
}

func TestResultsGrowStale(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		c, runs := check.New(d, clk), 0
		probe := check.Probe{Name: "p", Title: "Title", Every: time.Hour, Run: func(context.Context) check.Result { runs++; return check.Of(1, nil, nil) }}
		c.Register(probe)
		for _, step := range []struct {
			name    string
			forward time.Duration
			run     bool
			runs    int
			state   check.State
		}{
			{"at first it runs", 0, true, 1, check.Kept},
			{"before its interval it does not", 59 * time.Minute, true, 1, check.Kept},
			{"after it, it does", time.Minute, true, 2, check.Kept},
			{"a missed run is not stale yet", 2 * time.Hour, false, 2, check.Kept},
			{"two missed runs are", time.Second, false, 2, check.Unverified},
			{"and then it runs again", 0, true, 3, check.Kept},
		} {
			clk.Forward(step.forward)
			if step.run {
				if err := c.RunDue(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if r := only(t, c); runs != step.runs || r.State != step.state {
				t.Errorf("%s: %d runs and %s (%s)", step.name, runs, r.State, r.Summary)
			}
		}
		changed := check.New(d, clk)
		probe.Version = "2"
		changed.Register(probe)
		if r := only(t, changed); r.State != check.Unverified || !strings.Contains(r.Summary, "changed") {
			t.Errorf("a changed definition reads as %+v", r)
		}
		if err := changed.RunDue(ctx); err != nil || runs != 4 {
			t.Errorf("a changed definition was run %d times (%v)", runs-3, err)
		}
		clk.Forward(91 * 24 * time.Hour)
		if err := changed.RunAll(ctx); err != nil {
			t.Fatal(err)
		}
		if all, err := changed.History(ctx, "p", 10); err != nil || len(all) != 1 {
			t.Errorf("after 91 days %d results are left (%v)", len(all), err)
		}
	})
}

func TestTimeout(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	c := check.New(dbtest.Open(t, clk), clk)
	started, told := make(chan struct{}), make(chan error, 1)
	c.Register(check.Probe{Name: "slow", Every: time.Hour, Timeout: time.Second, Run: func(ctx context.Context) check.Result {
		close(started)
		<-ctx.Done()
		told <- ctx.Err()
		return check.Of(1, nil, nil)
	}})
	done := make(chan error, 1)
	go func() { done <- c.RunAll(ctx) }()
	<-started
	var err error
	for waiting := true; waiting; {
		select {
		case err = <-done:
			waiting = false
		default:
			// Small steps: this spins, and results are kept for 90 days only.
			clk.Forward(time.Millisecond)
		}
	}
	if err != nil || <-told == nil {
		t.Errorf("the run ended with %v", err)
	}
	// Waiting has moved the clock, so the result may have grown stale; what was
	// stored stays.
	all, err := c.History(ctx, "slow", 1)
	if err != nil || len(all) != 1 || all[0].State != check.Unverified || !strings.Contains(all[0].Summary, "longer than 1s") {
		t.Errorf("found %+v (%v)", all, err)
	}
}

package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/jobs"
)

var (
	ctx   = context.Background()
	quiet = slog.New(slog.DiscardHandler)
)

func write(t testing.TB, d *db.DB, closure func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, closure); err != nil {
		t.Fatal(err)
	}
}

func runDue(t testing.TB, r *jobs.Runner) {
	t.Helper()
	if err := r.RunDue(ctx); err != nil {
		t.Fatal(err)
	}
}

func status(t testing.TB, r *jobs.Runner, name string) jobs.Status {
	t.Helper()
	all, err := r.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no job is named %s", name)
	return jobs.Status{}
}

func TestEvery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r, runs := jobs.New(d, clk, quiet), 0
		var failure error
		r.Every("count", time.Minute, func(context.Context) error { runs++; return failure })
		for _, step := range []struct {
			name    string
			forward time.Duration
			want    int
		}{
			{"runs at first", 0, 1},
			{"is not repeated at once", 0, 1},
			{"is not repeated before its interval", 59 * time.Second, 1},
			{"is repeated after it, and at most a tenth more", 7 * time.Second, 2},
			{"makes up for missed runs once", 10 * time.Hour, 3},
			{"is not repeated at once after that", 0, 3},
		} {
			clk.Forward(step.forward)
			if runDue(t, r); runs != step.want {
				t.Fatalf("the job %s: it ran %d times, want %d", step.name, runs, step.want)
			}
		}
		failure = errors.New("broken\x00")
		clk.Forward(2 * time.Minute)
		runDue(t, r)
		clk.Forward(5 * time.Second)
		runDue(t, r)
		if s := status(t, r, "count"); runs != 5 || s.Failures != 2 || s.Runs != 5 || !strings.HasPrefix(s.Error, "broken") || s.Holder != "" {
			t.Errorf("after two failures: %d runs, %+v", runs, s)
		}
		failure = nil
		clk.Forward(time.Minute)
		runDue(t, r)
		if s := status(t, r, "count"); s.Failures != 0 || s.Error != "" {
			t.Errorf("after it got well: %+v", s)
		}
		restarted := jobs.New(d, clk, quiet)
		restarted.Every("count", time.Minute, func(context.Context) error { runs++; return nil })
		if runDue(t, restarted); runs != 6 {
			t.Errorf("a restart repeated the job: %d runs", runs)
		}
	})
}

func TestAPanicIsTheJobsError(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r, ran := jobs.New(d, clk, quiet), false
		r.Every("bad", time.Minute, func(context.Context) error { panic("on purpose") })
		r.Every("good", time.Minute, func(context.Context) error { ran = true; return nil })
		runDue(t, r)
		if s := status(t, r, "bad"); s.Error != "panic: on purpose" || !ran {
			t.Errorf("the neighbour ran: %t, and %+v", ran, s)
		}
	})
}

func TestOneHolderAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		type claim struct {
			ctx   context.Context
			fence int64
		}
		started, finish := make(chan claim), make(chan struct{})
		process := func() *jobs.Runner {
			r := jobs.New(d, clk, quiet)
			r.Every("duty", time.Minute, func(ctx context.Context) error {
				started <- claim{ctx, jobs.Fence(ctx)}
				<-finish
				return nil
			})
			return r
		}
		guard := func(c claim) error {
			return d.Write(ctx, func(tx *db.Tx) error { return jobs.Guard(c.ctx, tx) })
		}
		first, second := process(), process()
		done := make(chan error, 2)
		go func() { done <- first.RunDue(ctx) }()
		one := <-started
		runDue(t, second) // It finds the lease taken, and returns.
		if err := guard(one); err != nil || status(t, second, "duty").Holder == "" {
			t.Errorf("the holder is refused: %v", err)
		}
		// The holder sleeps through its lease, and another takes over.
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE leases SET until = 0 WHERE name = 'duty'`)
			return err
		})
		third := process()
		go func() { done <- third.RunDue(ctx) }()
		two := <-started
		if two.fence <= one.fence {
			t.Errorf("the fence went from %d to %d", one.fence, two.fence)
		}
		if err := guard(one); !errors.Is(err, jobs.ErrLost) {
			t.Errorf("the former holder may still write: %v", err)
		}
		for one.ctx.Err() == nil {
			clk.Forward(10 * time.Second)
		}
		if !errors.Is(context.Cause(one.ctx), jobs.ErrLost) {
			t.Errorf("the former holder was told %v", context.Cause(one.ctx))
		}
		close(finish)
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if s := status(t, second, "duty"); s.Runs > 1 {
			t.Errorf("the former holder noted a run: %+v", s)
		}
	})
}

func TestTakeover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO leases (name, holder, fence, until) VALUES ('count', 'killed', 7, $1)`, db.Micros(tx.Now.Add(time.Hour)))
			return err
		})
		r, fence := jobs.New(d, clk, quiet), int64(0)
		r.Every("count", time.Minute, func(ctx context.Context) error { fence = jobs.Fence(ctx); return nil })
		if runDue(t, r); fence != 0 {
			t.Error("the job ran although another holds the lease")
		}
		clk.Forward(10 * time.Second)
		if err := r.Takeover(ctx); err != nil {
			t.Fatal(err)
		}
		clk.Forward(time.Hour)
		if runDue(t, r); fence != 8 {
			t.Errorf("after the takeover the fence is %d, want 8", fence)
		}
	})
}

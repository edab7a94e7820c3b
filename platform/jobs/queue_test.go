package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/jobs"
)

type parcel struct{ Name string }

func enqueue(t testing.TB, d *db.DB, r *jobs.Runner, name string, at time.Time) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error { return r.Enqueue(ctx, tx, "post", parcel{name}, at) })
}

func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r, seen := jobs.New(d, clk, quiet), map[string]int{}
		r.Queue("post", 2, func(_ context.Context, task jobs.Task) error {
			var p parcel
			if err := task.Read(&p); err != nil {
				return err
			}
			seen[p.Name]++
			switch p.Name {
			case "hopeless":
				return jobs.Permanent(errors.New("no such street"))
			case "unlucky":
				return errors.New("nobody at home")
			case "panicking":
				panic("dog")
			}
			return nil
		})
		enqueue(t, d, r, "plain", time.Time{})
		enqueue(t, d, r, "later", clk.Now().Add(time.Hour))
		enqueue(t, d, r, "hopeless", time.Time{})
		_ = d.Write(ctx, func(tx *db.Tx) error {
			_ = r.Enqueue(ctx, tx, "post", parcel{"rolled back"}, time.Time{})
			return errors.New("refused")
		})
		runDue(t, r)
		if seen["plain"] != 1 || seen["later"] != 0 || seen["hopeless"] != 1 || seen["rolled back"] != 0 {
			t.Errorf("at first: %v", seen)
		}
		clk.Forward(time.Hour)
		if runDue(t, r); seen["later"] != 1 || seen["plain"] != 1 || seen["hopeless"] != 1 {
			t.Errorf("after an hour: %v", seen)
		}
		enqueue(t, d, r, "unlucky", time.Time{})
		enqueue(t, d, r, "panicking", time.Time{})
		for range 60 {
			runDue(t, r)
			clk.Forward(15 * time.Minute)
		}
		if seen["unlucky"] != 20 || seen["panicking"] != 20 {
			t.Errorf("after many attempts: %v", seen)
		}
		failed, err := r.Failed(ctx, 10)
		if err != nil || len(failed) != 3 || status(t, r, "post").Failed != 3 {
			t.Errorf("failed: %+v (%v)", failed, err)
		}
		clk.Forward(25 * time.Hour) // The failed ones stay.
		runDue(t, r)
		var done, kept int
		if err := d.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed') FROM tasks`).Scan(&done, &kept); err != nil || done != 0 || kept != 3 {
			t.Errorf("a day later %d done and %d failed tasks are left (%v)", done, kept, err)
		}
	})
}

func TestRunWakesAndStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r := jobs.New(d, clk, quiet)
		arrived, stopped, standing := make(chan string, 100), make(chan error, 1), make(chan int64, 1)
		r.Duty("stand", func(ctx context.Context) error {
			standing <- jobs.Fence(ctx)
			<-ctx.Done()
			return ctx.Err()
		})
		r.Queue("post", 3, func(ctx context.Context, task jobs.Task) error {
			var p parcel
			if err := task.Read(&p); err != nil {
				return err
			}
			arrived <- p.Name
			if p.Name == "slow" {
				<-ctx.Done()
				stopped <- ctx.Err()
				return ctx.Err()
			}
			return nil
		})
		running, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() { r.Run(running); close(ended) }()
		if <-standing != 1 {
			t.Error("the duty has no lease")
		}
		// The clock stands still: only the commit can have woken the runner.
		enqueue(t, d, r, "quick", time.Time{})
		if name := <-arrived; name != "quick" {
			t.Errorf("%s arrived", name)
		}
		enqueue(t, d, r, "slow", time.Time{})
		<-arrived
		stop()
		<-ended
		if err := <-stopped; !errors.Is(err, context.Canceled) {
			t.Errorf("the running task was told %v", err)
		}
		if s := status(t, r, "stand"); s.Holder != "" || s.Failures != 0 {
			t.Errorf("the duty kept its lease: %+v", s)
		}
		// The task that was interrupted lost no attempt, and is due at once.
		next := jobs.New(d, clk, quiet)
		next.Queue("post", 1, func(_ context.Context, task jobs.Task) error { arrived <- fmt.Sprint(task.Attempt); return nil })
		runDue(t, next)
		if attempt := <-arrived; attempt != "1" {
			t.Errorf("the interrupted task came back as attempt %s", attempt)
		}
	})
}

func TestNoTaskRunsTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		var mu sync.Mutex
		seen := map[string]int{}
		const many = 60
		all := make(chan struct{})
		work := func(_ context.Context, task jobs.Task) error {
			mu.Lock()
			defer mu.Unlock()
			if seen[task.ID]++; len(seen) == many {
				select {
				case <-all:
				default:
					close(all)
				}
			}
			return nil
		}
		runners := []*jobs.Runner{jobs.New(d, clk, quiet), jobs.New(d, clk, quiet)}
		for i := range many {
			enqueue(t, d, runners[i%2], "p", time.Time{})
		}
		running, stop := context.WithCancel(ctx)
		var wait sync.WaitGroup
		for _, r := range runners {
			r.Queue("post", 4, work)
			wait.Go(func() { r.Run(running) })
		}
		<-all
		stop()
		wait.Wait()
		for id, n := range seen {
			if n != 1 {
				t.Errorf("task %s ran %d times", id, n)
			}
		}
	})
}

func TestADutyChangesHands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		type turn struct {
			who   string
			fence int64
		}
		turns := make(chan turn, 100)
		start := func(who string, run func(context.Context) error) (stop func()) {
			r := jobs.New(d, clk, quiet)
			r.Duty("stand", func(ctx context.Context) error {
				turns <- turn{who, jobs.Fence(ctx)}
				return run(ctx)
			})
			running, cancel := context.WithCancel(ctx)
			ended := make(chan struct{})
			go func() { r.Run(running); close(ended) }()
			return func() { cancel(); <-ended }
		}
		// next waits for a turn while time goes by.
		next := func() turn {
			for {
				select {
				case got := <-turns:
					return got
				default:
					clk.Forward(time.Second)
				}
			}
		}
		stand := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		stopFirst := start("first", stand)
		if got := next(); got != (turn{"first", 1}) {
			t.Errorf("at first %+v", got)
		}
		stopSecond := start("second", stand)
		stopFirst()
		if got := next(); got != (turn{"second", 2}) {
			t.Errorf("after the first has left %+v", got)
		}
		stopSecond()
		stopThird := start("third", func(context.Context) error { return errors.New("cannot stand") })
		for want := int64(3); want < 6; want++ {
			if got := next(); got != (turn{"third", want}) {
				t.Errorf("a duty that fails is tried again: %+v, want fence %d", got, want)
			}
		}
		stopThird()
	})
}

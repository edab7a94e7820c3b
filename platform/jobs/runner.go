package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// How often the database is looked at when nothing is known to be due. On
// SQLite every task comes from this process, which wakes itself.
const (
	pollShared = time.Second
	pollAlone  = time.Minute
)

// Runner runs the jobs of one process. Jobs are registered before Run.
type Runner struct {
	db     *db.DB
	clock  clock.Clock
	log    *slog.Logger
	holder string // this process, in leases

	periodics []*periodic
	duties    []*duty
	queues    []*queue

	wake chan struct{}
	wait sync.WaitGroup
}

// New returns a runner whose only job is to forget old tasks.
func New(d *db.DB, clk clock.Clock, log *slog.Logger) *Runner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	r := &Runner{db: d, clock: clk, log: log, holder: host + " " + rand.Text(), wake: make(chan struct{}, 1)}
	r.Every("jobs.prune", time.Hour, r.prune)
	return r
}

// Every registers a job that runs once per interval, spread by up to a tenth of
// it, and for the first time at once. A failed run is repeated after a pause
// that grows up to the interval. The name must be the job's own: it stands for
// it in the database.
func (r *Runner) Every(name string, every time.Duration, run func(ctx context.Context) error) {
	r.claim(name)
	r.periodics = append(r.periodics, &periodic{name: name, every: every, run: run})
}

// Duty registers work that one process performs all the time, such as a loop
// that waits for events. When run returns it is started again after a pause.
func (r *Runner) Duty(name string, run func(ctx context.Context) error) {
	r.claim(name)
	r.duties = append(r.duties, &duty{name: name, run: run})
}

// Queue registers what performs the tasks of a queue, with so many at a time in
// this process.
func (r *Runner) Queue(name string, workers int, run func(ctx context.Context, t Task) error) {
	r.claim(name)
	r.queues = append(r.queues, &queue{name: name, run: run, free: workers})
}

// claim refuses a name that is taken: two jobs would share one lease.
func (r *Runner) claim(name string) {
	for _, known := range r.names() {
		if known == name {
			panic("jobs: two jobs are named " + name)
		}
	}
}

func (r *Runner) names() (all []string) {
	for _, p := range r.periodics {
		all = append(all, p.name)
	}
	for _, d := range r.duties {
		all = append(all, d.name)
	}
	for _, q := range r.queues {
		all = append(all, q.name)
	}
	return all
}

// Run runs what is due until ctx ends, then cancels what is running and waits
// for it.
func (r *Runner) Run(ctx context.Context) {
	defer r.wait.Wait()
	for _, d := range r.duties {
		r.wait.Go(func() { r.perform(ctx, d) })
	}
	for {
		pause := r.tick(ctx)
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-r.clock.After(pause):
		}
	}
}

// tick starts what is due and tells how long nothing else will be.
func (r *Runner) tick(ctx context.Context) time.Duration {
	now := r.clock.Now()
	pause := pollAlone
	if r.db.Engine() == db.PostgreSQL && len(r.queues) > 0 {
		pause = pollShared
	}
	until := func(at time.Time) {
		if !at.IsZero() {
			pause = min(pause, max(at.Sub(now), time.Millisecond))
		}
	}
	for _, p := range r.periodics {
		if started, next := p.begin(now); started {
			r.wait.Go(func() {
				if _, err := r.runPeriodic(ctx, p); err != nil {
					r.trouble(ctx, p.name, err)
				}
				r.signal()
			})
		} else {
			until(next)
		}
	}
	for _, q := range r.queues {
		tasks, next, err := r.take(ctx, q, q.slots())
		if err != nil {
			r.trouble(ctx, q.name, err)
			until(now.Add(firstPause))
			continue
		}
		for _, t := range tasks {
			r.wait.Go(func() {
				if err := r.runTask(ctx, q, t); err != nil {
					r.trouble(ctx, q.name, err)
				}
				q.giveBack(1)
				r.signal()
			})
		}
		until(next)
	}
	return pause
}

// RunDue runs everything that is due now, and what that brings about, one after
// the other. It is for tests; duties are not run. Its errors are the
// database's: how the jobs went is told by Status.
func (r *Runner) RunDue(ctx context.Context) error {
	for again := true; again; {
		again = false
		for _, p := range r.periodics {
			if started, _ := p.begin(r.clock.Now()); !started {
				continue
			}
			ran, err := r.runPeriodic(ctx, p)
			if err != nil {
				return fmt.Errorf("job %s: %w", p.name, err)
			}
			again = again || ran
		}
		for _, q := range r.queues {
			tasks, _, err := r.take(ctx, q, min(1, q.slots()))
			if err != nil {
				return fmt.Errorf("queue %s: %w", q.name, err)
			}
			for _, t := range tasks {
				err := r.runTask(ctx, q, t)
				q.giveBack(1)
				if err != nil {
					return fmt.Errorf("queue %s: %w", q.name, err)
				}
				again = true
			}
		}
	}
	return nil
}

// signal makes the loop look again.
func (r *Runner) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// trouble logs that the runner itself could not do its work.
func (r *Runner) trouble(ctx context.Context, name string, err error) {
	if ctx.Err() == nil {
		r.log.Error("a job cannot be run", "job", name, "error", err)
	}
}

// guarded runs a job and turns its panic into an error.
func (r *Runner) guarded(name string, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("a job panicked", "job", name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return run()
}

// backoff is the pause after so many failures in a row: base, doubled each
// time, at most most, of which the second half is random.
func backoff(failures int64, base, most time.Duration) time.Duration {
	d := most
	if n := max(failures-1, 0); n < 30 && base<<n < most {
		d = base << n
	}
	return d/2 + mathrand.N(d/2+1) // #nosec G404 -- jitter, not a secret
}

// ended reports whether a run failed only because the process is stopping.
func ended(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() != nil && !errors.Is(context.Cause(ctx), ErrLost)
}

// told is an error as it is stored.
func told(err error) string {
	if err == nil {
		return ""
	}
	const most = 1000
	text := err.Error()
	if len(text) > most {
		text = text[:most]
	}
	return clean(text)
}

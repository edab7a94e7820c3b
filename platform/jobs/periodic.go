package jobs

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// firstPause is the pause after a first failure.
const firstPause = 5 * time.Second

// periodic is a job with an interval.
type periodic struct {
	name  string
	every time.Duration
	run   func(context.Context) error

	mu      sync.Mutex
	running bool
	next    time.Time // when to look again; zero at first
}

// begin marks the job as running, unless it is so already or not due.
func (p *periodic) begin(now time.Time) (started bool, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running {
		return false, time.Time{} // Its end wakes the loop.
	}
	if p.next.After(now) {
		return false, p.next
	}
	p.running = true
	return true, time.Time{}
}

func (p *periodic) end(next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.next = false, next
}

// runPeriodic runs a job that was begun, if it is due in the database and no
// other process runs it.
func (r *Runner) runPeriodic(ctx context.Context, p *periodic) (ran bool, err error) {
	next := r.clock.Now().Add(firstPause) // when the database does not answer
	defer func() { p.end(next) }()
	var l lease
	var failures int64
	var later time.Time
	err = r.db.Write(ctx, func(tx *db.Tx) (err error) {
		l, failures, later, err = r.startPeriodic(ctx, tx, p)
		return err
	})
	if err != nil {
		return false, err
	}
	if !later.IsZero() {
		next = later
		return false, nil
	}
	held, stop := r.hold(context.WithValue(ctx, leaseKey{}, l), func(ctx context.Context) (bool, error) { return r.renew(ctx, l) })
	failure := r.guarded(p.name, func() error { return p.run(held) })
	interrupted := ended(held, failure)
	stop()
	if failure != nil && !interrupted {
		r.log.Warn("a job failed", "job", p.name, "failures", failures+1, "error", failure)
	}
	err = r.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
		next, err = finishPeriodic(context.WithoutCancel(ctx), tx, p, l, failures, failure, interrupted)
		return err
	})
	return true, err
}

// startPeriodic takes the lease and notes the start. When the job is not due,
// or another process runs it, it tells when to look again.
func (r *Runner) startPeriodic(ctx context.Context, tx *db.Tx, p *periodic) (l lease, failures int64, later time.Time, err error) {
	var next int64
	err = tx.QueryRow(ctx, `SELECT next_at, failures FROM job_runs WHERE name = $1`, p.name).Scan(&next, &failures)
	if err != nil && !db.NoRows(err) {
		return lease{}, 0, time.Time{}, fmt.Errorf("read the last run: %w", err)
	}
	if next > db.Micros(tx.Now) {
		// A shorter interval in a newer program counts from now on.
		return lease{}, 0, earlier(db.Time(next), tx.Now.Add(p.every+p.every/10)), nil
	}
	l, later, err = r.acquire(ctx, tx, p.name)
	if err != nil || !later.IsZero() {
		return lease{}, 0, later, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO job_runs (name, started_at, finished_at, next_at, runs, failures, error) VALUES ($1, $2, 0, $2, 0, 0, '')
		ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at`, p.name, db.Micros(tx.Now))
	if err != nil {
		return lease{}, 0, time.Time{}, fmt.Errorf("note the start: %w", err)
	}
	return l, failures, time.Time{}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// finishPeriodic notes how the run went and gives the lease back. A run that
// has lost its lease notes nothing: it is no longer its story.
func finishPeriodic(ctx context.Context, tx *db.Tx, p *periodic, l lease, failures int64, failure error, interrupted bool) (next time.Time, err error) {
	held, err := extend(ctx, tx, l, time.Time{})
	if err != nil {
		return time.Time{}, err
	}
	if !held {
		return tx.Now.Add(leaseFor), nil
	}
	switch {
	case interrupted: // It runs again where the program is next started.
		_, err = tx.Exec(ctx, `UPDATE job_runs SET next_at = $1, finished_at = $1 WHERE name = $2`, db.Micros(tx.Now), p.name)
		return tx.Now, err
	case failure != nil:
		failures++
		next = tx.Now.Add(backoff(failures, min(firstPause, p.every), p.every))
	default:
		failures = 0
		next = tx.Now.Add(p.every + mathrand.N(p.every/10+1)) // #nosec G404 -- jitter, not a secret
	}
	_, err = tx.Exec(ctx, `UPDATE job_runs SET finished_at = $1, next_at = $2, runs = runs + 1, failures = $3, error = $4 WHERE name = $5`,
		db.Micros(tx.Now), db.Micros(next), failures, told(failure), p.name)
	if err != nil {
		return time.Time{}, fmt.Errorf("note the end: %w", err)
	}
	return next, nil
}

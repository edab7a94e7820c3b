package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// duty is work that one process performs all the time.
type duty struct {
	name string
	run  func(context.Context) error
}

// The pause between two runs of a duty that keeps failing.
const (
	dutyPause     = time.Second
	dutyPauseMost = time.Minute
)

// perform does the duty whenever the lease can be had, until ctx ends.
func (r *Runner) perform(ctx context.Context, d *duty) {
	failures := int64(0)
	for {
		pause, failed := r.performOnce(ctx, d, failures)
		if failed {
			failures++
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-r.clock.After(pause):
		}
	}
}

func (r *Runner) performOnce(ctx context.Context, d *duty, failures int64) (pause time.Duration, failed bool) {
	var l lease
	var taken time.Time
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		if l, taken, err = r.acquire(ctx, tx, d.name); err != nil || !taken.IsZero() {
			return err
		}
		return noteDuty(ctx, tx, d.name, failures)
	})
	if err != nil {
		r.trouble(ctx, d.name, err)
		return backoff(failures+1, dutyPause, dutyPauseMost), true
	}
	if !taken.IsZero() {
		// The holder renews, so this moment says only when it would have died.
		return max(min(taken.Sub(r.clock.Now()), leaseFor/3), time.Millisecond), false
	}
	held, stop := r.hold(context.WithValue(ctx, leaseKey{}, l), func(ctx context.Context) (bool, error) { return r.renew(ctx, l) })
	failure := r.guarded(d.name, func() error { return d.run(held) })
	if ended(held, failure) {
		failure = nil
	}
	stop()
	if failure != nil {
		r.log.Warn("a duty failed", "job", d.name, "error", failure)
	}
	if err := r.leave(context.WithoutCancel(ctx), d, l, failure); err != nil {
		r.trouble(ctx, d.name, err)
	}
	if failure == nil {
		return dutyPause, false
	}
	return backoff(failures+1, dutyPause, dutyPauseMost), true
}

func noteDuty(ctx context.Context, tx *db.Tx, name string, failures int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO job_runs (name, started_at, finished_at, next_at, runs, failures, error) VALUES ($1, $2, 0, 0, 1, $3, '')
		ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at, runs = job_runs.runs + 1, failures = excluded.failures`,
		name, db.Micros(tx.Now), failures)
	if err != nil {
		return fmt.Errorf("note the start: %w", err)
	}
	return nil
}

// leave gives the lease back and notes why.
func (r *Runner) leave(ctx context.Context, d *duty, l lease, failure error) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		held, err := extend(ctx, tx, l, time.Time{})
		if err != nil || !held {
			return err
		}
		failed := 0
		if failure != nil {
			failed = 1
		}
		_, err = tx.Exec(ctx, `UPDATE job_runs SET finished_at = $1, failures = (failures + $2) * $2, error = $3 WHERE name = $4`,
			db.Micros(tx.Now), failed, told(failure), d.name)
		return err
	})
}

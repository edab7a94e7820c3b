package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// Form is what sort of job a status is of.
type Form string

// The forms.
const (
	Periodic Form = "periodic"
	Standing Form = "duty"
	Queued   Form = "queue"
)

// Status is how a registered job does.
type Status struct {
	Name string
	Form Form

	// Of periodic jobs and duties.
	Every      time.Duration
	StartedAt  time.Time // of the last run; zero before the first
	FinishedAt time.Time
	NextAt     time.Time
	Runs       int64
	Failures   int64  // in a row
	Error      string // of the last run
	Holder     string // the process that runs it now, else ""

	// Of queues.
	Waiting int64
	Failed  int64
	Oldest  time.Time // when the longest-waiting task was enqueued
}

// Status tells how every registered job does, in the order of registration.
func (r *Runner) Status(ctx context.Context) ([]Status, error) {
	runs, err := r.runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the jobs' runs: %w", err)
	}
	tasks, err := r.tasks(ctx)
	if err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	var all []Status
	for _, p := range r.periodics {
		s := runs[p.name]
		s.Name, s.Form, s.Every = p.name, Periodic, p.every
		all = append(all, s)
	}
	for _, d := range r.duties {
		s := runs[d.name]
		s.Name, s.Form = d.name, Standing
		all = append(all, s)
	}
	for _, q := range r.queues {
		s := tasks[q.name]
		s.Name, s.Form = q.name, Queued
		all = append(all, s)
	}
	return all, nil
}

func (r *Runner) runs(ctx context.Context) (all map[string]Status, err error) {
	rows, err := r.db.Query(ctx, `SELECT j.name, j.started_at, j.finished_at, j.next_at, j.runs, j.failures, j.error, coalesce(l.holder, '')
		FROM job_runs AS j LEFT JOIN leases AS l ON l.name = j.name AND l.until > $1`, db.Micros(r.clock.Now()))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = map[string]Status{}
	for rows.Next() {
		var s Status
		var started, finished, next int64
		if err := rows.Scan(&s.Name, &started, &finished, &next, &s.Runs, &s.Failures, &s.Error, &s.Holder); err != nil {
			return nil, err
		}
		s.StartedAt, s.FinishedAt, s.NextAt = db.Time(started), db.Time(finished), db.Time(next)
		all[s.Name] = s
	}
	return all, rows.Err()
}

func (r *Runner) tasks(ctx context.Context) (all map[string]Status, err error) {
	rows, err := r.db.Query(ctx, `SELECT queue, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'failed'),
			coalesce(min(created_at) FILTER (WHERE state = 'waiting'), 0)
		FROM tasks GROUP BY queue`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = map[string]Status{}
	for rows.Next() {
		var s Status
		var oldest int64
		if err := rows.Scan(&s.Name, &s.Waiting, &s.Failed, &oldest); err != nil {
			return nil, err
		}
		s.Oldest = db.Time(oldest)
		all[s.Name] = s
	}
	return all, rows.Err()
}

// FailedTask is a task that was given up.
type FailedTask struct {
	ID, Queue, Error      string
	Attempts              int
	CreatedAt, FinishedAt time.Time
}

// Failed lists the tasks that were given up, the latest first.
func (r *Runner) Failed(ctx context.Context, limit int) (all []FailedTask, err error) {
	rows, err := r.db.Query(ctx, `SELECT id, queue, error, attempts, created_at, finished_at FROM tasks
		WHERE state = 'failed' ORDER BY finished_at DESC, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read failed tasks: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var f FailedTask
		var created, finished int64
		if err := rows.Scan(&f.ID, &f.Queue, &f.Error, &f.Attempts, &created, &finished); err != nil {
			return nil, fmt.Errorf("read a failed task: %w", err)
		}
		f.CreatedAt, f.FinishedAt = db.Time(created), db.Time(finished)
		all = append(all, f)
	}
	return all, rows.Err()
}

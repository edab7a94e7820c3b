package jobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// A task is tried this often, over about eight hours.
const (
	mostAttempts  = 20
	taskPause     = 5 * time.Second
	taskPauseMost = time.Hour
)

// How long tasks that are over stay visible.
const (
	keepDone   = 24 * time.Hour
	keepFailed = 90 * 24 * time.Hour
)

// Task is one piece of queued work.
type Task struct {
	ID      string
	Queue   string
	Payload json.RawMessage
	Attempt int  // from 1
	Last    bool // an error now is final

	fence int64
}

// Read decodes the payload into v.
func (t Task) Read(v any) error {
	if err := json.Unmarshal(t.Payload, v); err != nil {
		return Permanent(fmt.Errorf("read the payload: %w", err))
	}
	return nil
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that trying again would not cure: the task fails at
// once.
func Permanent(err error) error { return permanent{err} }

// IsPermanent reports whether err was marked so.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// queue is a kind of task and who performs it here.
type queue struct {
	name string
	run  func(context.Context, Task) error

	mu   sync.Mutex
	free int // how many more tasks may run here
}

func (q *queue) slots() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.free
}

func (q *queue) giveBack(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free += n
}

// Enqueue adds a task to the transaction. It is due at the given time, or with
// the commit when that is zero. The payload is encoded as JSON and must be an
// object or a list; secrets do not belong in it.
func (r *Runner) Enqueue(ctx context.Context, tx *db.Tx, queue string, payload any, at time.Time) error {
	if at.IsZero() {
		at = tx.Now
	}
	_, err := tx.Exec(ctx, `INSERT INTO tasks (id, queue, payload, state, due_at, attempts, lease_until, fence, error, created_at, finished_at)
		VALUES ($1, $2, $3, 'waiting', $4, 0, 0, 0, '', $5, 0)`,
		rand.Text(), queue, db.JSON[any]{V: payload}, db.Micros(at), db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("enqueue for %s: %w", queue, err)
	}
	tx.AfterCommit(r.signal)
	return nil
}

// take leases up to n tasks that are due, and tells when the next one will be.
// A task under lease is due again when the lease ends.
func (r *Runner) take(ctx context.Context, q *queue, n int) (tasks []Task, next time.Time, err error) {
	if n <= 0 {
		return nil, time.Time{}, nil // A task that ends wakes the loop.
	}
	var due int64
	err = r.db.QueryRow(ctx, `SELECT due_at FROM tasks WHERE queue = $1 AND state = 'waiting' ORDER BY due_at LIMIT 1`, q.name).Scan(&due)
	if db.NoRows(err) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("look for tasks: %w", err)
	}
	if next = db.Time(due); next.After(r.clock.Now()) {
		return nil, next, nil
	}
	err = r.db.Write(ctx, func(tx *db.Tx) (err error) {
		tasks, err = leaseDue(ctx, tx, q.name, n)
		return err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("lease tasks: %w", err)
	}
	q.giveBack(-len(tasks))
	return tasks, next, nil
}

func leaseDue(ctx context.Context, tx *db.Tx, queue string, n int) (tasks []Task, err error) {
	rows, err := tx.Query(ctx, `UPDATE tasks SET due_at = $1, lease_until = $1, attempts = attempts + 1, fence = fence + 1
		WHERE id IN (SELECT id FROM tasks WHERE queue = $2 AND state = 'waiting' AND due_at <= $3 ORDER BY due_at LIMIT $4)
		RETURNING id, payload, attempts, fence`,
		db.Micros(tx.Now.Add(leaseFor)), queue, db.Micros(tx.Now), n)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		t := Task{Queue: queue}
		var payload db.JSON[json.RawMessage]
		if err := rows.Scan(&t.ID, &payload, &t.Attempt, &t.fence); err != nil {
			return nil, err
		}
		t.Payload, t.Last = payload.V, t.Attempt >= mostAttempts
		tasks = append(tasks, t)
	}
	return tasks, rows.Err()
}

// runTask performs a task and notes how that went.
func (r *Runner) runTask(ctx context.Context, q *queue, t Task) error {
	held, stop := r.hold(ctx, func(ctx context.Context) (held bool, err error) {
		err = r.db.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE tasks SET due_at = $1, lease_until = $1 WHERE id = $2 AND fence = $3 AND state = 'waiting'`,
				db.Micros(tx.Now.Add(leaseFor)), t.ID, t.fence)
			held = n > 0
			return err
		})
		return held, err
	})
	failure := r.guarded(q.name, func() error { return q.run(held, t) })
	interrupted := ended(held, failure)
	stop()
	if failure != nil && !interrupted {
		r.log.Warn("a task failed", "queue", q.name, "task", t.ID, "attempt", t.Attempt, "error", failure)
	}
	ctx = context.WithoutCancel(ctx)
	return r.db.Write(ctx, func(tx *db.Tx) error {
		state, due, finished, attempts := "waiting", tx.Now, time.Time{}, t.Attempt
		switch {
		case failure == nil:
			state, finished = "done", tx.Now
		case interrupted:
			attempts--
		case t.Last || IsPermanent(failure):
			state, finished = "failed", tx.Now
		default:
			due = tx.Now.Add(backoff(int64(t.Attempt), taskPause, taskPauseMost))
		}
		_, err := tx.Exec(ctx, `UPDATE tasks SET state = $1, due_at = $2, lease_until = 0, attempts = $3, error = $4, finished_at = $5
			WHERE id = $6 AND fence = $7 AND state = 'waiting'`,
			state, db.Micros(due), attempts, told(failure), db.Micros(finished), t.ID, t.fence)
		if err != nil {
			return fmt.Errorf("note the end of task %s: %w", t.ID, err)
		}
		return nil
	})
}

// prune forgets the tasks that have been over for long.
func (r *Runner) prune(ctx context.Context) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM tasks WHERE state <> 'waiting' AND finished_at < $1 AND (state = 'done' OR finished_at < $2)`,
			db.Micros(tx.Now.Add(-keepDone)), db.Micros(tx.Now.Add(-keepFailed)))
		return err
	})
}

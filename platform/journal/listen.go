package journal

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
)

// listener hears kinds of events in order, at least once.
type listener struct {
	name  string
	kinds []string
	hear  func(context.Context, Entry) error
}

const (
	mostDelivered = 500    // events that one listener is given in a turn
	mostPassed    = 20_000 // events that one listener goes past in a turn
)

// Listen registers a listener by a lasting name: its cursor survives restarts.
// A new listener begins with the next event. hear must be idempotent; when it
// fails, the same event comes again at the next turn and nothing passes it. An
// event that does not open is logged and passed by.
func (j *Journal) Listen(name string, kinds []*Kind, hear func(context.Context, Entry) error) {
	l := &listener{name: name, hear: hear}
	for _, k := range kinds {
		l.kinds = append(l.kinds, k.Name)
	}
	j.hearing.Lock()
	defer j.hearing.Unlock()
	j.listeners = append(j.listeners, l)
}

// Deliver gives each listener what it has not heard yet.
func (j *Journal) Deliver(ctx context.Context) {
	j.hearing.Lock()
	defer j.hearing.Unlock()
	for _, l := range j.listeners {
		if err := j.deliver(ctx, l); err != nil && ctx.Err() == nil {
			j.Log.Error("deliver journal events", "listener", l.name, "error", err)
		}
	}
}

// deliver looks at the next events. Those that the listener does not hear are
// passed by in the database, unopened: were they opened, a listener could not
// keep up with the tokens of a busy server.
func (j *Journal) deliver(ctx context.Context, l *listener) error {
	from, err := j.cursor(ctx, l)
	if err != nil {
		return err
	}
	next, err := sealedSize(ctx, j.DB)
	if err != nil || next == from {
		return err
	}
	next = min(next, from+mostPassed)
	page, err := j.List(ctx, Filter{From: from, Before: next, Oldest: true, Kinds: l.kinds, Limit: mostDelivered})
	if err != nil {
		return err
	}
	if page.Next >= 0 {
		next = page.Next
	}
	var failed error
	for _, e := range page.Entries {
		if e.Damaged { // What it says is not what happened; it must not hold up the others.
			j.Log.Error("a listener goes past a journal event that cannot be opened", "listener", l.name, "position", e.Position)
			continue
		}
		if failed = l.hear(ctx, e); failed != nil {
			next, failed = e.Position, fmt.Errorf("event %d: %w", e.Position, failed)
			break
		}
	}
	if err := j.moveCursor(ctx, l, next, failed); err != nil {
		return err
	}
	return failed
}

// cursor finds where the listener goes on; a new one begins at the end.
func (j *Journal) cursor(ctx context.Context, l *listener) (position int64, err error) {
	const read = `SELECT position FROM journal_cursors WHERE listener = $1`
	err = j.DB.QueryRow(ctx, read, l.name).Scan(&position)
	if !db.NoRows(err) {
		return position, err
	}
	err = j.DB.Write(ctx, func(tx *db.Tx) error {
		size, err := sealedSize(ctx, tx)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO journal_cursors (listener, position, attempts, error) VALUES ($1, $2, 0, '')
			ON CONFLICT (listener) DO UPDATE SET listener = excluded.listener RETURNING position`, l.name, size).Scan(&position)
	})
	return position, err
}

func (j *Journal) moveCursor(ctx context.Context, l *listener, next int64, failed error) error {
	attempts, text := 0, ""
	if failed != nil {
		attempts, text = 1, failed.Error()
	}
	return j.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE journal_cursors SET position = $2, error = $4,
			attempts = CASE WHEN $3 = 0 THEN 0 ELSE attempts + 1 END WHERE listener = $1 AND position <= $2`, l.name, next, attempts, text)
		return err
	})
}

package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// leaseFor is how long a process that has died keeps its work from others. The
// living renew three times as often.
const leaseFor = 30 * time.Second

// ErrLost says that another process has taken over the work.
var ErrLost = errors.New("the lease was lost to another process")

// lease is the right to do one duty, as its holder knows it.
type lease struct {
	name, holder string
	fence        int64
}

type leaseKey struct{}

// Fence is the fencing token of the lease that the job runs under, 0 outside
// one. It grows with every new holder.
func Fence(ctx context.Context) int64 {
	l, _ := ctx.Value(leaseKey{}).(lease)
	return l.fence
}

// Guard refuses a transaction of a job that has lost its lease: a holder that
// was only asleep writes nothing. Errors: ErrLost.
func Guard(ctx context.Context, tx *db.Tx) error {
	l, ok := ctx.Value(leaseKey{}).(lease)
	if !ok {
		return errors.New("guard: not within a job that holds a lease")
	}
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM leases WHERE name = $1 AND holder = $2 AND fence = $3 AND until > $4`,
		l.name, l.holder, l.fence, db.Micros(tx.Now)).Scan(&one)
	if db.NoRows(err) {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("read the lease %s: %w", l.name, err)
	}
	return nil
}

// acquire takes the lease when it is free. Otherwise it tells until when it is
// taken.
func (r *Runner) acquire(ctx context.Context, tx *db.Tx, name string) (l lease, taken time.Time, err error) {
	var until int64
	err = tx.QueryRow(ctx, `SELECT fence, until FROM leases WHERE name = $1`, name).Scan(&l.fence, &until)
	if err != nil && !db.NoRows(err) {
		return lease{}, time.Time{}, fmt.Errorf("read the lease %s: %w", name, err)
	}
	if until > db.Micros(tx.Now) {
		return lease{}, db.Time(until), nil
	}
	l = lease{name: name, holder: r.holder, fence: l.fence + 1}
	_, err = tx.Exec(ctx, `INSERT INTO leases (name, holder, fence, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = excluded.fence, until = excluded.until`,
		l.name, l.holder, l.fence, db.Micros(tx.Now.Add(leaseFor)))
	if err != nil {
		return lease{}, time.Time{}, fmt.Errorf("take the lease %s: %w", name, err)
	}
	return l, time.Time{}, nil
}

// renew reports false when the lease is no longer held.
func (r *Runner) renew(ctx context.Context, l lease) (held bool, err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		held, err = extend(ctx, tx, l, tx.Now.Add(leaseFor))
		return err
	})
	return held, err
}

// extend moves the lease's end; a zero time gives it back.
func extend(ctx context.Context, tx *db.Tx, l lease, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE leases SET until = $1 WHERE name = $2 AND holder = $3 AND fence = $4`,
		db.Micros(until), l.name, l.holder, l.fence)
	if err != nil {
		return false, fmt.Errorf("renew the lease %s: %w", l.name, err)
	}
	return n > 0, nil
}

// hold keeps a lease alive until stop is called. The context ends with ErrLost
// when it could not be kept.
func (r *Runner) hold(ctx context.Context, renew func(context.Context) (bool, error)) (held context.Context, stop func()) {
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	until, timer := r.clock.Now().Add(leaseFor), r.clock.After(leaseFor/3)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-timer:
			}
			timer = r.clock.After(leaseFor / 3)
			now := r.clock.Now()
			ok, err := renew(context.WithoutCancel(ctx))
			switch {
			case err == nil && ok:
				until = now.Add(leaseFor)
			case err == nil, !r.clock.Now().Before(until):
				cancel(ErrLost)
				return
			}
		}
	}()
	return held, func() { close(done); cancel(nil) }
}

// Takeover ends the leases of earlier processes, so that a restart after a
// crash need not wait for them. It may be called only by a process that knows
// itself alone on the database, as the owner of a SQLite file does.
func (r *Runner) Takeover(ctx context.Context) error {
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE leases SET until = 0 WHERE until <> 0`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE tasks SET due_at = $1, lease_until = 0 WHERE state = 'waiting' AND lease_until <> 0`, db.Micros(tx.Now))
		return err
	})
	if err != nil {
		return fmt.Errorf("take over the leases: %w", err)
	}
	return nil
}

// clean makes any text storable: neither engine takes bad UTF-8, and
// PostgreSQL no NUL.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

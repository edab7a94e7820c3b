package shield

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// read finds the counters of the attempt's address and of its account. What is
// not there is zero.
func read(ctx context.Context, q db.Querier, a *Attempt) (address, account counter, err error) {
	rows, err := q.Query(ctx, `SELECT ip, failures, first_at, last_at, blocked_until FROM login_failures
		WHERE tenant = $1 AND account = $2 AND ip IN ($3, '')`, a.Tenant, a.Account[:], a.place())
	if err != nil {
		return address, account, fmt.Errorf("read failed sign-ins: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var ip string
		var c counter
		var first, last, until int64
		if err := rows.Scan(&ip, &c.failures, &first, &last, &until); err != nil {
			return address, account, fmt.Errorf("read failed sign-ins: %w", err)
		}
		c.first, c.last, c.blockedUntil = db.Time(first), db.Time(last), db.Time(until)
		if ip == everywhere {
			account = c
		} else {
			address = c
		}
	}
	return address, account, rows.Err()
}

func write(ctx context.Context, tx *db.Tx, a *Attempt, ip string, c counter) error {
	_, err := tx.Exec(ctx, `INSERT INTO login_failures (tenant, account, ip, failures, first_at, last_at, blocked_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, account, ip) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at,
			last_at = excluded.last_at, blocked_until = excluded.blocked_until`,
		a.Tenant, a.Account[:], ip, c.failures, db.Micros(c.first), db.Micros(c.last), db.Micros(c.blockedUntil))
	if err != nil {
		return fmt.Errorf("count failed sign-in: %w", err)
	}
	return nil
}

func forgetAddress(ctx context.Context, tx *db.Tx, a *Attempt) error {
	_, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE tenant = $1 AND account = $2 AND ip = $3`, a.Tenant, a.Account[:], a.place())
	if err != nil {
		return fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return nil
}

// Forget removes every counter of an account, in the transaction that gives it
// a new password, and reports whether there was any.
func Forget(ctx context.Context, tx *db.Tx, tenant string, account Account) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE tenant = $1 AND account = $2`, tenant, account[:])
	if err != nil {
		return false, fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return n > 0, nil
}

// pruneBatch bounds how long one prune holds the writer.
const pruneBatch = 500

// Prune deletes the counters that no longer count. It is the body of a job.
func Prune(ctx context.Context, d *db.DB, clk clock.Clock) error {
	now := clk.Now()
	for {
		var deleted int64
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			deleted, err = tx.Exec(ctx, `DELETE FROM login_failures WHERE (tenant, account, ip) IN
				(SELECT tenant, account, ip FROM login_failures WHERE last_at <= $1 AND blocked_until <= $2 ORDER BY last_at LIMIT $3)`,
				db.Micros(now.Add(-memory)), db.Micros(now), pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune failed sign-ins: %w", err)
		}
		if deleted < pruneBatch {
			return nil
		}
	}
}

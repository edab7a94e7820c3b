package session

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Touch remembers that the session is used, and moves its idle limit. Ask
// NeedsTouch first: at most once a minute is enough. Touching a session that
// has ended changes nothing.
func Touch(ctx context.Context, tx *db.Tx, s *Session, l Lifetimes) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET seen_at = $3, idle_until = $4
		WHERE tenant = $1 AND id = $2 AND ended_at = 0 AND seen_at < $3 AND idle_until > $3 AND expires_at > $3`,
		s.Tenant, s.ID, db.Micros(tx.Now), db.Micros(idleUntil(tx.Now, l, s.Expires)))
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// End ends a session. Ending one that has ended, or is not there, changes
// nothing and reports success.
func End(ctx context.Context, tx *db.Tx, tenant, id string) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = $3 WHERE tenant = $1 AND id = $2 AND ended_at = 0`,
		tenant, id, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndAll ends every session of a user. RevokeFamilies ends what applications
// have been granted.
func EndAll(ctx context.Context, tx *db.Tx, tenant, userID string) error {
	return EndOthers(ctx, tx, tenant, userID, "")
}

// EndOthers ends every session of a user but the one with the id keep.
func EndOthers(ctx context.Context, tx *db.Tx, tenant, userID, keep string) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = $4 WHERE tenant = $1 AND user_id = $2 AND id <> $3 AND ended_at = 0`,
		tenant, userID, keep, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// pruneBatch bounds how long one prune holds the writer.
const pruneBatch = 500

// Prune deletes the sessions that have become too old. It is the body of a
// job, and safe to run anywhere at any time.
func Prune(ctx context.Context, d *db.DB, clk clock.Clock) error {
	now := db.Micros(clk.Now())
	for {
		var deleted int64
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			deleted, err = tx.Exec(ctx, `DELETE FROM sessions WHERE (tenant, id) IN
				(SELECT tenant, id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, now, pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune sessions: %w", err)
		}
		if deleted < pruneBatch {
			return nil
		}
	}
}

package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Rotate gives the scope a new data key. New values are sealed with it; what
// was sealed before still opens, and what was derived stays the same.
func (k *Keyring) Rotate(ctx context.Context, tx *db.Tx, s Scope) error {
	return k.rotate(ctx, tx, name{level: levelData, Scope: s})
}

// RotateNamespace gives the namespace a new key, which wraps the data keys that
// are made from then on.
func (k *Keyring) RotateNamespace(ctx context.Context, tx *db.Tx, tenant, namespace string) error {
	return k.rotate(ctx, tx, name{level: levelNamespace, Scope: Scope{Tenant: tenant, Namespace: namespace}})
}

func (k *Keyring) rotate(ctx context.Context, tx *db.Tx, n name) error {
	if n.Namespace == "" {
		return errors.New("rotate: a scope without a namespace")
	}
	r, err := newest(ctx, tx, n)
	if err != nil && !db.NoRows(err) {
		return fmt.Errorf("read the newest key: %w", err)
	}
	forget := func() { k.cache.drop(func(o *opened) bool { return o.name == n }) }
	forget()
	tx.AfterCommit(forget)
	_, err = k.create(ctx, tx, n, r.version+1, k.cache.now())
	return err
}

// Destroy erases keys for good, and with them all that was sealed with them.
// An empty part of the scope stands for all: the subject's keys in every
// namespace, a namespace with all its subjects, or the whole tenant. Of the
// latter two only the upper keys are erased, since nothing below opens without
// them. A scope that has no keys is destroyed already.
func (k *Keyring) Destroy(ctx context.Context, tx *db.Tx, s Scope) error {
	if s.Tenant == "" {
		return errors.New("destroy: a scope without a tenant")
	}
	where, args := `tenant = $2`, []any{db.Micros(tx.Now), s.Tenant}
	switch {
	case s.Subject != "" && s.Namespace != "":
		where, args = where+` AND level = 'data' AND namespace = $3 AND subject = $4`, append(args, s.Namespace, s.Subject)
	case s.Subject != "":
		where, args = where+` AND subject = $3`, append(args, s.Subject)
	case s.Namespace != "":
		where, args = where+` AND level = 'namespace' AND namespace = $3`, append(args, s.Namespace)
	default:
		where += ` AND level IN ('tenant', 'namespace')`
	}
	_, err := tx.Exec(ctx, `UPDATE keys SET wrapped = NULL, retired_at = $1, destroyed_at = $1 WHERE `+where+` AND destroyed_at = 0`, args...)
	if err != nil {
		return fmt.Errorf("destroy keys: %w", err)
	}
	forget := func() { k.cache.drop(func(o *opened) bool { return s.covers(o.name.Scope) }) }
	forget()
	tx.AfterCommit(forget)
	return nil
}

// covers reports whether destroying s reaches what belongs to t.
func (s Scope) covers(t Scope) bool {
	return s.Tenant == t.Tenant && (s.Namespace == "" || s.Namespace == t.Namespace) && (s.Subject == "" || s.Subject == t.Subject)
}

// follow is how often other processes' changes are looked for.
const follow = time.Second

// overlap covers the clocks of other machines, and commits that came late.
const overlap = time.Minute

// Follow forgets the keys that other processes retire or destroy, until ctx
// ends. SQLite has no other processes, so there it returns at once.
func (k *Keyring) Follow(ctx context.Context, d *db.DB, clk clock.Clock) {
	if d.Engine() == db.SQLite {
		return
	}
	since := clk.Now().Add(-overlap)
	for {
		select {
		case <-ctx.Done():
			return
		case <-clk.After(follow):
		}
		now := clk.Now()
		if err := k.Refresh(ctx, d, since); err != nil {
			if ctx.Err() == nil {
				k.log.Error("keys of other processes cannot be followed", "error", err)
			}
			continue
		}
		since = now.Add(-overlap)
	}
}

// Refresh forgets the keys that were retired or destroyed at or after since.
// One that lies above others takes them along.
func (k *Keyring) Refresh(ctx context.Context, q db.Querier, since time.Time) error {
	rows, err := q.Query(ctx, `SELECT id, tenant, level, namespace, destroyed_at FROM keys WHERE retired_at <> 0 AND retired_at >= $1`, db.Micros(since))
	if err != nil {
		return fmt.Errorf("read retired keys: %w", err)
	}
	defer func() { _ = rows.Close() }() // Rows.Err has already been looked at.
	var ids []keyID
	var lost []Scope
	for rows.Next() {
		var text, lvl string
		var s Scope
		var destroyed int64
		if err := rows.Scan(&text, &s.Tenant, &lvl, &s.Namespace, &destroyed); err != nil {
			return fmt.Errorf("read a retired key: %w", err)
		}
		id, err := parseID(text)
		if err != nil {
			return err
		}
		// A retired key may stay in use for opening, but not for sealing; it is
		// read again when it is needed.
		ids = append(ids, id)
		if destroyed != 0 && lvl != levelData.String() {
			lost = append(lost, s)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read retired keys: %w", err)
	}
	if len(ids) > 0 {
		k.cache.dropIDs(ids)
	}
	for _, s := range lost {
		k.cache.drop(func(o *opened) bool { return s.covers(o.name.Scope) })
	}
	return nil
}

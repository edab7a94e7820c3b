package keyring

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
)

// Provision makes the tenant's key, if it has none, and opens it. It asks the
// root, so it is called before the transaction that makes the tenant.
func (k *Keyring) Provision(ctx context.Context, d *db.DB, tenant string) error {
	err := k.Warm(ctx, d, tenant)
	if err == nil || !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrDestroyed) {
		return err
	}
	n := name{level: levelTenant, Scope: Scope{Tenant: tenant}}
	_, r, err := k.wrapped(ctx, n)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		last, err := newest(ctx, tx, n)
		switch {
		case db.NoRows(err):
		case err != nil:
			return fmt.Errorf("read the tenant's key: %w", err)
		case len(last.wrapped) > 0:
			return nil // Another process was faster.
		}
		r := r
		r.version = last.version + 1
		return insert(ctx, tx, r)
	})
	if err != nil {
		return fmt.Errorf("provision tenant %q: %w", tenant, err)
	}
	return k.Warm(ctx, d, tenant)
}

// wrapped makes a tenant key and asks the root to wrap it.
func (k *Keyring) wrapped(ctx context.Context, n name) (*opened, row, error) {
	o, err := generate(n)
	if err != nil {
		return nil, row{}, err
	}
	k.mu.RLock()
	root := k.root
	k.mu.RUnlock()
	wrapped, err := root.Wrap(ctx, o.secret[:], wrapAdditional(o.id, n))
	if err != nil {
		return nil, row{}, fmt.Errorf("wrap the key of tenant %q with the root %s: %w", n.Tenant, root.Name(), err)
	}
	return o, row{id: o.id, name: n, parent: root.Name(), wrapped: wrapped}, nil
}

// Warm opens the tenant's key, so that transactions need not ask the root. It
// costs nothing once the key is open. Errors: ErrUnknown when the tenant was
// never provisioned, ErrDestroyed.
func (k *Keyring) Warm(ctx context.Context, q db.Querier, tenant string) error {
	n := name{level: levelTenant, Scope: Scope{Tenant: tenant}}
	if k.cache.currentOf(n) != nil {
		return nil
	}
	epoch := k.cache.now()
	r, err := newest(ctx, q, n)
	if db.NoRows(err) {
		return ErrUnknown
	}
	if err != nil {
		return fmt.Errorf("read the key of tenant %q: %w", tenant, err)
	}
	_, err = k.openRow(ctx, q, r, roleCurrent, epoch)
	return err
}

// RotateTenant gives the tenant a new key and wraps its namespace keys with it.
func (k *Keyring) RotateTenant(ctx context.Context, d *db.DB, tenant string) error {
	n := name{level: levelTenant, Scope: Scope{Tenant: tenant}}
	if err := k.Warm(ctx, d, tenant); err != nil {
		return fmt.Errorf("rotate tenant %q: %w", tenant, err)
	}
	o, r, err := k.wrapped(ctx, n)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		last, err := newest(ctx, tx, n)
		if err != nil {
			return fmt.Errorf("read the tenant's key: %w", err)
		}
		if len(last.wrapped) == 0 {
			return ErrDestroyed
		}
		r := r
		r.version = last.version + 1
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		if err := k.rewrapNamespaces(ctx, tx, tenant, o); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			k.cache.drop(func(o *opened) bool { return o.name.level == levelTenant && o.name.Tenant == tenant })
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("rotate tenant %q: %w", tenant, err)
	}
	return k.Warm(ctx, d, tenant)
}

func (k *Keyring) rewrapNamespaces(ctx context.Context, tx *db.Tx, tenant string, by *opened) error {
	all, err := k.rows(ctx, tx, `SELECT `+rowColumns+` FROM keys WHERE tenant = $1 AND level = 'namespace' AND destroyed_at = 0`, tenant)
	if err != nil {
		return err
	}
	for _, r := range all {
		secret, err := k.unwrapByParent(ctx, tx, r)
		if errors.Is(err, ErrDestroyed) {
			continue // It was lost with a former key of the tenant.
		}
		if err != nil {
			return fmt.Errorf("open a namespace key: %w", err)
		}
		child, err := newOpened(r.id, r.name, secret)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE keys SET parent = $1, wrapped = $2 WHERE id = $3`, by.id.String(), by.wrap(child), r.id.String()); err != nil {
			return fmt.Errorf("store a namespace key: %w", err)
		}
	}
	return nil
}

// Rewrap moves every tenant key from the roots it knows to another one, which
// is the keyring's root from then on. It returns how many it moved, and may be
// repeated after an interruption; the former root is needed until it succeeds
// in every process.
func (k *Keyring) Rewrap(ctx context.Context, d *db.DB, to Root) (int, error) {
	k.mu.Lock()
	k.root, k.roots[to.Name()] = to, to
	k.mu.Unlock()
	all, err := k.rows(ctx, d, `SELECT `+rowColumns+` FROM keys WHERE level = 'tenant' AND destroyed_at = 0 AND parent <> $1`, to.Name())
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, r := range all {
		secret, err := k.unwrapByRoot(ctx, d, r)
		if err != nil {
			return moved, err
		}
		wrapped, err := to.Wrap(ctx, secret, wrapAdditional(r.id, r.name))
		if err != nil {
			return moved, fmt.Errorf("wrap the key of tenant %q with the root %s: %w", r.name.Tenant, to.Name(), err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			// A key that was destroyed meanwhile must not come back.
			_, err := tx.Exec(ctx, `UPDATE keys SET parent = $1, wrapped = $2 WHERE id = $3 AND parent = $4 AND destroyed_at = 0`,
				to.Name(), wrapped, r.id.String(), r.parent)
			return err
		})
		if err != nil {
			return moved, fmt.Errorf("store the key of tenant %q: %w", r.name.Tenant, err)
		}
		moved++
	}
	return moved, nil
}

func (k *Keyring) rows(ctx context.Context, q db.Querier, query string, args ...any) (all []row, err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

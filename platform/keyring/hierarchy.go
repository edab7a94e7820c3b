package keyring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
)

// row is a key as it is stored.
type row struct {
	id      keyID
	name    name
	version int64
	parent  string // a key's id, or the root's name
	wrapped []byte // empty once destroyed
}

const rowColumns = `id, tenant, level, namespace, subject, version, parent, wrapped`

func scan(scanner interface{ Scan(...any) error }) (r row, err error) {
	var id, lvl string
	if err := scanner.Scan(&id, &r.name.Tenant, &lvl, &r.name.Namespace, &r.name.Subject, &r.version, &r.parent, &r.wrapped); err != nil {
		return row{}, err
	}
	switch lvl {
	case levelTenant.String():
		r.name.level = levelTenant
	case levelNamespace.String():
		r.name.level = levelNamespace
	case levelData.String():
		r.name.level = levelData
	default:
		return row{}, fmt.Errorf("key %s has the unknown level %q", id, lvl)
	}
	r.id, err = parseID(id)
	return r, err
}

// newest is the row with the highest version.
func newest(ctx context.Context, q db.Querier, n name) (row, error) {
	return scan(q.QueryRow(ctx, `SELECT `+rowColumns+` FROM keys
		WHERE tenant = $1 AND level = $2 AND namespace = $3 AND subject = $4 ORDER BY version DESC LIMIT 1`,
		n.Tenant, n.level.String(), n.Namespace, n.Subject))
}

func (k *Keyring) byID(ctx context.Context, q db.Querier, id keyID) (*opened, error) {
	if o := k.cache.get(id); o != nil {
		return o, nil
	}
	epoch := k.cache.now()
	r, err := scan(q.QueryRow(ctx, `SELECT `+rowColumns+` FROM keys WHERE id = $1`, id.String()))
	if db.NoRows(err) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	return k.openRow(ctx, q, r, roleNone, epoch)
}

// openRow unwraps a stored key and caches it once that is safe.
func (k *Keyring) openRow(ctx context.Context, q db.Querier, r row, as role, epoch uint64) (*opened, error) {
	if len(r.wrapped) == 0 {
		return nil, ErrDestroyed
	}
	var secret []byte
	var err error
	if r.name.level == levelTenant {
		secret, err = k.unwrapByRoot(ctx, q, r)
	} else {
		secret, err = k.unwrapByParent(ctx, q, r)
	}
	if err != nil {
		return nil, err
	}
	o, err := newOpened(r.id, r.name, secret)
	if err != nil {
		return nil, err
	}
	k.keep(q, o, as, epoch)
	return o, nil
}

// keep caches a key. What a transaction reads may be its own, or that of a
// neighbour in the same commit, so it waits for the commit.
func (k *Keyring) keep(q db.Querier, o *opened, as role, epoch uint64) {
	if tx, ok := q.(*db.Tx); ok {
		tx.AfterCommit(func() { k.cache.put(o, as, epoch) })
		return
	}
	k.cache.put(o, as, epoch)
}

func (k *Keyring) unwrapByParent(ctx context.Context, q db.Querier, r row) ([]byte, error) {
	id, err := parseID(r.parent)
	if err != nil {
		return nil, err
	}
	parent, err := k.byID(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return parent.unwrap(r.id, r.name, r.wrapped)
}

func (k *Keyring) unwrapByRoot(ctx context.Context, q db.Querier, r row) ([]byte, error) {
	k.mu.RLock()
	root, configured := k.roots[r.parent], k.root.Name()
	k.mu.RUnlock()
	if root == nil {
		return nil, fmt.Errorf("the key of tenant %q is wrapped by the root %s, but the root here is %s", r.name.Tenant, r.parent, configured)
	}
	if !mayAsk(q, root) {
		return nil, ErrCold
	}
	secret, err := root.Unwrap(ctx, r.wrapped, wrapAdditional(r.id, r.name))
	if err != nil {
		return nil, fmt.Errorf("open the key of tenant %q with the root %s: %w", r.name.Tenant, root.Name(), err)
	}
	return secret, nil
}

// mayAsk reports whether the root may be asked here: inside a transaction only
// when it answers from memory.
func mayAsk(q db.Querier, root Root) bool {
	if _, within := q.(*db.Tx); !within {
		return true
	}
	l, ok := root.(local)
	return ok && l.Local()
}

// current is the key that new values of the name are sealed with.
func (k *Keyring) current(ctx context.Context, tx *db.Tx, n name) (*opened, error) {
	if o := k.cache.currentOf(n); o != nil {
		return o, nil
	}
	epoch := k.cache.now()
	r, err := newest(ctx, tx, n)
	if db.NoRows(err) {
		return k.create(ctx, tx, n, 1, epoch)
	}
	if err != nil {
		return nil, fmt.Errorf("read the newest key: %w", err)
	}
	o, err := k.openRow(ctx, tx, r, roleCurrent, epoch)
	if errors.Is(err, ErrDestroyed) && n.level != levelTenant {
		return k.create(ctx, tx, n, r.version+1, epoch)
	}
	return o, err
}

// first is the oldest key of the name that was not destroyed.
func (k *Keyring) first(ctx context.Context, tx *db.Tx, n name) (*opened, error) {
	if o := k.cache.firstOf(n); o != nil {
		return o, nil
	}
	// This makes the first key where there is none, or where all are destroyed.
	newest, err := k.current(ctx, tx, n)
	if err != nil {
		return nil, err
	}
	epoch := k.cache.now()
	rows, err := k.rows(ctx, tx, `SELECT `+rowColumns+` FROM keys
		WHERE tenant = $1 AND level = $2 AND namespace = $3 AND subject = $4 ORDER BY version`,
		n.Tenant, n.level.String(), n.Namespace, n.Subject)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		o, err := k.openRow(ctx, tx, r, roleFirst, epoch)
		if !errors.Is(err, ErrDestroyed) {
			return o, err
		}
	}
	return newest, nil
}

// create makes a key in the transaction, and the missing ones above it.
func (k *Keyring) create(ctx context.Context, tx *db.Tx, n name, version int64, epoch uint64) (*opened, error) {
	o, err := generate(n)
	if err != nil {
		return nil, err
	}
	r := row{id: o.id, name: n, version: version}
	if n.level == levelTenant {
		k.mu.RLock()
		root := k.root
		k.mu.RUnlock()
		if !mayAsk(tx, root) {
			return nil, ErrCold
		}
		r.parent = root.Name()
		r.wrapped, err = root.Wrap(ctx, o.secret[:], wrapAdditional(o.id, n))
	} else {
		var parent *opened
		parent, err = k.current(ctx, tx, above(n))
		if err == nil {
			r.parent, r.wrapped = parent.id.String(), parent.wrap(o)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := insert(ctx, tx, r); err != nil {
		return nil, err
	}
	k.keep(tx, o, roleCurrent, epoch)
	return o, nil
}

func above(n name) name {
	if n.level == levelData {
		return name{level: levelNamespace, Scope: Scope{Tenant: n.Tenant, Namespace: n.Namespace}}
	}
	return name{level: levelTenant, Scope: Scope{Tenant: n.Tenant}}
}

func generate(n name) (*opened, error) {
	var random [idSize + 32]byte
	_, _ = rand.Read(random[:])
	return newOpened(keyID(random[:idSize]), n, random[idSize:])
}

// insert stores a key and retires the versions before it. Two closures that
// make the same key at once end with one: on SQLite they run one after the
// other, on PostgreSQL the conflict makes the later one run again.
func insert(ctx context.Context, tx *db.Tx, r row) error {
	if r.version > 1 {
		if _, err := tx.Exec(ctx, `UPDATE keys SET retired_at = $1
			WHERE tenant = $2 AND level = $3 AND namespace = $4 AND subject = $5 AND retired_at = 0`,
			db.Micros(tx.Now), r.name.Tenant, r.name.level.String(), r.name.Namespace, r.name.Subject); err != nil {
			return fmt.Errorf("retire a key: %w", err)
		}
	}
	n, err := tx.Exec(ctx, `INSERT INTO keys (id, tenant, level, namespace, subject, version, parent, wrapped, created_at, retired_at, destroyed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0) ON CONFLICT DO NOTHING`,
		r.id.String(), r.name.Tenant, r.name.level.String(), r.name.Namespace, r.name.Subject, r.version, r.parent, r.wrapped, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("store a key: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("the %s key of tenant %q was made twice in one transaction", r.name.level, r.name.Tenant)
	}
	return nil
}

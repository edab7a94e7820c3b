package token

import (
	"context"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

func scope(tenant string) keyring.Scope {
	return keyring.Scope{Tenant: tenant, Namespace: "signing"}
}

func field(id string) keyring.Field {
	return keyring.Field{Table: "signing_keys", Column: "private", Row: id}
}

// load reads the tenant's keys; private ones only of those that sign.
func (s *Service) load(ctx context.Context, q db.Querier, tenant string) ([]*Key, error) {
	rows, err := q.Query(ctx, `SELECT id, algorithm, state, public, private, created_at, changed_at FROM signing_keys WHERE tenant = $1 ORDER BY created_at, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	defer rows.Close()
	var keys []*Key
	var sealed [][]byte
	for rows.Next() {
		k, private := &Key{}, []byte(nil)
		var public db.JSON[jose.JSONWebKey]
		var created, changed int64
		if err := rows.Scan(&k.ID, &k.Algorithm, &k.State, &public, &private, &created, &changed); err != nil {
			return nil, fmt.Errorf("read signing keys: %w", err)
		}
		k.Public, k.CreatedAt, k.ChangedAt = public.V, db.Time(created), db.Time(changed)
		keys, sealed = append(keys, k), append(sealed, private)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	_ = rows.Close()
	for i, k := range keys {
		if k.State != Current {
			continue
		}
		der, err := s.Keys.Open(ctx, q, scope(tenant), field(k.ID), sealed[i])
		if err != nil {
			return nil, fmt.Errorf("open signing key %s: %w", k.ID, err)
		}
		if k.private, err = parsePrivate(der); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, tenant string, k *Key, der []byte) error {
	sealed, err := s.Keys.Seal(ctx, tx, scope(tenant), field(k.ID), der)
	if err != nil {
		return fmt.Errorf("seal signing key: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO signing_keys (tenant, id, algorithm, state, public, private, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		tenant, k.ID, k.Algorithm, string(k.State), db.JSON[jose.JSONWebKey]{V: k.Public}, sealed, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("insert signing key: %w", err)
	}
	return nil
}

// move changes the state of the key that is in state from.
func move(ctx context.Context, tx *db.Tx, tenant, algorithm string, from, to State) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE signing_keys SET state = $4, changed_at = $5 WHERE tenant = $1 AND algorithm = $2 AND state = $3`,
		tenant, algorithm, string(from), string(to), db.Micros(tx.Now))
	if err != nil {
		return 0, fmt.Errorf("change signing key: %w", err)
	}
	return n, nil
}

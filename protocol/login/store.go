package login

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// request is the sealed part of a journey: it says what somebody wants from
// whom, and often their address.
type request struct {
	Request   []byte `json:"request"`
	LoginHint string `json:"login_hint,omitempty"`
}

func scope(tenant string) keyring.Scope {
	return keyring.Scope{Tenant: tenant, Namespace: "journeys"}
}

func requestField(id []byte) keyring.Field {
	return keyring.Field{Table: "journeys", Column: "request", Row: hex.EncodeToString(id)}
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, j *Journey) error {
	plain, err := json.Marshal(request{j.Request, j.LoginHint})
	if err != nil {
		return fmt.Errorf("encode journey: %w", err)
	}
	sealed, err := s.Keys.Seal(ctx, tx, scope(j.Tenant), requestField(j.id), plain)
	if err != nil {
		return fmt.Errorf("seal journey: %w", err)
	}
	j.ExpiresAt = tx.Now.Add(Life)
	_, err = tx.Exec(ctx, `INSERT INTO journeys (tenant, id, browser, client, request, stage, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		j.Tenant, j.id, j.browser, j.Client, sealed, db.JSON[Stage]{V: j.Stage}, db.Micros(tx.Now), db.Micros(j.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store journey: %w", err)
	}
	return nil
}

// find reads a journey; db.NoRows when there is none.
func (s *Service) find(ctx context.Context, q db.Querier, tenant, state string, id []byte) (*Journey, error) {
	j := &Journey{Tenant: tenant, State: state, id: id}
	var sealed []byte
	var stage db.JSON[Stage]
	var expires int64
	err := q.QueryRow(ctx, `SELECT browser, client, request, stage, expires_at FROM journeys WHERE tenant = $1 AND id = $2`, tenant, id).
		Scan(&j.browser, &j.Client, &sealed, &stage, &expires)
	if err != nil {
		return nil, err
	}
	plain, err := s.Keys.Open(ctx, q, scope(tenant), requestField(id), sealed)
	if err != nil {
		return nil, fmt.Errorf("open journey: %w", err)
	}
	var r request
	if err := json.Unmarshal(plain, &r); err != nil {
		return nil, fmt.Errorf("decode journey: %w", err)
	}
	j.Request, j.LoginHint, j.Stage, j.ExpiresAt = r.Request, r.LoginHint, stage.V, db.Time(expires)
	return j, nil
}

// change applies a change to the stage as it stands in the transaction.
// Errors: the page of an expired session when the journey has been finished.
func change(ctx context.Context, tx *db.Tx, j *Journey, apply func(*Stage)) error {
	var stage db.JSON[Stage]
	err := tx.QueryRow(ctx, `SELECT stage FROM journeys WHERE tenant = $1 AND id = $2`, j.Tenant, j.id).Scan(&stage)
	if db.NoRows(err) {
		return expired()
	}
	if err != nil {
		return fmt.Errorf("read journey: %w", err)
	}
	apply(&stage.V)
	if _, err := tx.Exec(ctx, `UPDATE journeys SET stage = $3 WHERE tenant = $1 AND id = $2`, j.Tenant, j.id, stage); err != nil {
		return fmt.Errorf("change journey: %w", err)
	}
	j.Stage = stage.V
	return nil
}

// remove reports whether the journey was still there.
func remove(ctx context.Context, tx *db.Tx, j *Journey) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM journeys WHERE tenant = $1 AND id = $2`, j.Tenant, j.id)
	if err != nil {
		return false, fmt.Errorf("finish journey: %w", err)
	}
	return n > 0, nil
}

// pruneBatch bounds how long one prune holds the writer.
const pruneBatch = 500

// Prune deletes the journeys that nobody finished in time. It is the body of a
// job, and safe to run anywhere at any time.
func (s *Service) Prune(ctx context.Context) error {
	now := db.Micros(s.Clock.Now())
	for deleted := int64(pruneBatch); deleted == pruneBatch; {
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			deleted, err = tx.Exec(ctx, `DELETE FROM journeys WHERE (tenant, id) IN
				(SELECT tenant, id FROM journeys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, now, pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune journeys: %w", err)
		}
	}
	return nil
}

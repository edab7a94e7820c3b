package credential

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// Account names whose password it is: the connection's id and the account's
// id in it.
type Account struct {
	Tenant     string
	Connection string
	Account    string
}

// Set stores the password of an account, in place of the one before.
func Set(ctx context.Context, tx *db.Tx, a Account, h Hash) error {
	_, err := tx.Exec(ctx, `INSERT INTO passwords (tenant, connection, account, hash, algorithm, cost, set_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, connection, account) DO UPDATE
		SET hash = excluded.hash, algorithm = excluded.algorithm, cost = excluded.cost, set_at = excluded.set_at`,
		a.Tenant, a.Connection, a.Account, h.Encoded, h.Algorithm, h.Cost, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	return nil
}

// Get finds the password of an account and when it was set. An account without
// one has the zero Hash, which Verify refuses at full expense.
func Get(ctx context.Context, q db.Querier, a Account) (Hash, time.Time, error) {
	var h Hash
	var set int64
	err := q.QueryRow(ctx, `SELECT hash, algorithm, cost, set_at FROM passwords WHERE tenant = $1 AND connection = $2 AND account = $3`,
		a.Tenant, a.Connection, a.Account).Scan(&h.Encoded, &h.Algorithm, &h.Cost, &set)
	if db.NoRows(err) {
		return Hash{}, time.Time{}, nil
	}
	if err != nil {
		return Hash{}, time.Time{}, fmt.Errorf("find password: %w", err)
	}
	return h, db.Time(set), nil
}

// Renew stores the same password under a better hash. It changes nothing when
// the password has been changed since old was read.
func Renew(ctx context.Context, tx *db.Tx, a Account, old, renewed Hash) error {
	_, err := tx.Exec(ctx, `UPDATE passwords SET hash = $5, algorithm = $6, cost = $7
		WHERE tenant = $1 AND connection = $2 AND account = $3 AND hash = $4`,
		a.Tenant, a.Connection, a.Account, old.Encoded, renewed.Encoded, renewed.Algorithm, renewed.Cost)
	if err != nil {
		return fmt.Errorf("renew password hash: %w", err)
	}
	return nil
}

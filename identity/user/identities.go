package user

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// Link adds an account to a user. Errors: fault.Conflict with code user_exists
// when the account, or its address in the connection, belongs to a user
// already; fault.NotFound when the user or connection does not exist.
func Link(ctx context.Context, tx *db.Tx, i Identity) error {
	key := any(i.EmailKey)
	if i.EmailKey == "" {
		key = nil // Only NULLs may repeat.
	}
	_, err := tx.Exec(ctx, `INSERT INTO identities (tenant, connection, account, provider, user_id, email_key, social, profile, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		i.Tenant, i.Connection, i.Account, i.Provider, i.UserID, key, i.Social, metadata(i.Profile), db.Micros(tx.Now))
	switch {
	case db.Unique(err):
		return exists(err)
	case db.ForeignKey(err):
		return fault.Wrap(fault.NotFound, "The user or the connection does not exist.", err)
	case err != nil:
		return fmt.Errorf("link account: %w", err)
	}
	return nil
}

const identityColumns = `identities.tenant, identities.connection, identities.account, identities.provider, identities.user_id,
	identities.email_key, identities.social, identities.profile, identities.created_at`

// identityRow is where identityColumns are read to.
type identityRow struct {
	Identity
	key     *string
	profile db.JSON[map[string]any]
	created int64
}

func (r *identityRow) targets() []any {
	return []any{&r.Tenant, &r.Connection, &r.Account, &r.Provider, &r.UserID, &r.key, &r.Social, &r.profile, &r.created}
}

func (r *identityRow) identity() *Identity {
	i := r.Identity
	if r.key != nil {
		i.EmailKey = *r.key
	}
	i.Profile, i.Created = r.profile.V, db.Time(r.created)
	return &i
}

// FindAccount finds who signs in with that address (its key, from Address) at
// a database connection. Errors: fault.NotFound.
func FindAccount(ctx context.Context, q db.Querier, tenant, connection, emailKey string) (*User, *Identity, error) {
	var row identityRow
	u, err := scan(q.QueryRow(ctx, `SELECT `+columns+`, `+identityColumns+`
		FROM identities JOIN users ON users.tenant = identities.tenant AND users.id = identities.user_id
		WHERE identities.tenant = $1 AND identities.connection = $2 AND identities.email_key = $3`,
		tenant, connection, emailKey), row.targets()...)
	if err != nil {
		return nil, nil, found(err)
	}
	return u, row.identity(), nil
}

// accountID is the account's id alone.
func accountID(ctx context.Context, q db.Querier, tenant, connection, emailKey string) (id string, err error) {
	err = q.QueryRow(ctx, `SELECT account FROM identities WHERE tenant = $1 AND connection = $2 AND email_key = $3`,
		tenant, connection, emailKey).Scan(&id)
	return id, found(err)
}

// Identities lists the accounts of a user, the oldest first.
func Identities(ctx context.Context, q db.Querier, tenant, userID string) ([]*Identity, error) {
	rows, err := q.Query(ctx, `SELECT `+identityColumns+` FROM identities WHERE tenant = $1 AND user_id = $2
		ORDER BY created_at, connection, account`, tenant, userID)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []*Identity
	for rows.Next() {
		var row identityRow
		if err := rows.Scan(row.targets()...); err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		list = append(list, row.identity())
	}
	return list, rows.Err()
}

package tenant

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
)

const columns = `id, name, host, settings, generation, created_at`

func scan(row interface{ Scan(...any) error }) (*Tenant, error) {
	t := &Tenant{}
	var created int64
	settings := db.JSON[Settings]{}
	if err := row.Scan(&t.ID, &t.Name, &t.Host, &settings, &t.Generation, &created); err != nil {
		return nil, err
	}
	t.Settings, t.CreatedAt = settings.V, db.Time(created)
	return t, nil
}

func insert(ctx context.Context, tx *db.Tx, t *Tenant) error {
	_, err := tx.Exec(ctx, `INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)`,
		t.ID, t.Name, t.Host, db.JSON[Settings]{V: t.Settings}, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("insert tenant: %w", err)
	}
	return nil
}

func findByHost(ctx context.Context, q db.Querier, host string) (*Tenant, error) {
	return scan(q.QueryRow(ctx, `SELECT `+columns+` FROM tenants WHERE host = $1`, host))
}

func find(ctx context.Context, q db.Querier, id string) (*Tenant, error) {
	return scan(q.QueryRow(ctx, `SELECT `+columns+` FROM tenants WHERE id = $1`, id))
}

func list(ctx context.Context, q db.Querier) (tenants []*Tenant, err error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM tenants ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	defer func(rows *sql.Rows) { _ = rows.Close() }(rows)
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list tenants: %w", err)
		}
		tenants = append(tenants, t)
	}
	return tenants, rows.Err()
}

package connection

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// New is what a connection is made of.
type New struct {
	Tenant   string
	Name     string
	Strategy string
	Settings Settings
}

// Create makes a connection. The caller advances the tenant's generation.
// Errors: fault.Invalid, and fault.Conflict when the name is taken.
func Create(ctx context.Context, tx *db.Tx, n New) (*Connection, error) {
	if err := check(n.Name, n.Strategy, n.Settings); err != nil {
		return nil, err
	}
	c := &Connection{n.Tenant, newID(), n.Name, n.Strategy, n.Settings, tx.Now, tx.Now}
	_, err := tx.Exec(ctx, `INSERT INTO connections (tenant, id, name, strategy, settings, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		c.Tenant, c.ID, c.Name, c.Strategy, db.JSON[Settings]{V: c.Settings}, db.Micros(tx.Now))
	if db.Unique(err) {
		return nil, fault.Wrap(fault.Conflict, "A connection with the same name exists already.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("create connection: %w", err)
	}
	return c, nil
}

// CreateDefault makes the database connection that every tenant starts with.
func CreateDefault(ctx context.Context, tx *db.Tx, tenant string) (*Connection, error) {
	return Create(ctx, tx, New{Tenant: tenant, Name: DefaultName, Strategy: Database, Settings: Defaults()})
}

// SetSettings replaces the settings. The caller advances the tenant's
// generation. Errors: fault.Invalid, fault.NotFound.
func SetSettings(ctx context.Context, tx *db.Tx, tenant, id string, s Settings) error {
	if err := s.Check(); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE connections SET settings = $3, updated_at = $4 WHERE tenant = $1 AND id = $2`,
		tenant, id, db.JSON[Settings]{V: s}, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("change connection: %w", err)
	}
	if n == 0 {
		return notFound()
	}
	return nil
}

const columns = `tenant, id, name, strategy, settings, created_at, updated_at`

func scan(row interface{ Scan(...any) error }) (*Connection, error) {
	var c Connection
	var settings db.JSON[Settings]
	var created, updated int64
	if err := row.Scan(&c.Tenant, &c.ID, &c.Name, &c.Strategy, &settings, &created, &updated); err != nil {
		return nil, err
	}
	c.Settings, c.Created, c.Updated = settings.V, db.Time(created), db.Time(updated)
	return &c, nil
}

// Default finds the tenant's database connection. Errors: fault.NotFound.
func Default(ctx context.Context, q db.Querier, tenant string) (*Connection, error) {
	return found(scan(q.QueryRow(ctx, `SELECT `+columns+` FROM connections WHERE tenant = $1 AND name = $2`, tenant, DefaultName)))
}

// Find finds a connection by its id. Errors: fault.NotFound.
func Find(ctx context.Context, q db.Querier, tenant, id string) (*Connection, error) {
	return found(scan(q.QueryRow(ctx, `SELECT `+columns+` FROM connections WHERE tenant = $1 AND id = $2`, tenant, id)))
}

// List gives the tenant's connections by name. They are few: the caller caches
// them.
func List(ctx context.Context, q db.Querier, tenant string) ([]*Connection, error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM connections WHERE tenant = $1 ORDER BY name`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []*Connection
	for rows.Next() {
		c, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func found(c *Connection, err error) (*Connection, error) {
	if db.NoRows(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("find connection: %w", err)
	}
	return c, nil
}

func notFound() error { return fault.New(fault.NotFound, "The connection does not exist.") }

// newID is con_ and 80 random bits in Auth0's form.
func newID() string { return "con_" + rand.Text()[:16] }

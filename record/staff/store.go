package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

const grantColumns = `id, user_id, role, reason, granted_by, granted_at, expires_at, revoked_at, revoked_by`

func scanGrant(row interface{ Scan(...any) error }) (*Grant, error) {
	var g Grant
	var granted, until, revoked int64
	if err := row.Scan(&g.ID, &g.User, &g.Role, &g.Reason, &g.By, &granted, &until, &revoked, &g.RevokedBy); err != nil {
		return nil, err
	}
	g.GrantedAt, g.Until, g.RevokedAt = db.Time(granted), db.Time(until), db.Time(revoked)
	return &g, nil
}

func insertGrant(ctx context.Context, tx *db.Tx, tenant string, g *Grant) error {
	_, err := tx.Exec(ctx, `INSERT INTO staff_grants (tenant, id, user_id, role, reason, granted_by, granted_at, expires_at, revoked_at, revoked_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`,
		tenant, g.ID, g.User, g.Role, g.Reason, g.By, db.Micros(g.GrantedAt), db.Micros(g.Until))
	if err != nil {
		return fmt.Errorf("store staff grant: %w", err)
	}
	return nil
}

func findGrant(ctx context.Context, q db.Querier, tenant, id string) (*Grant, error) {
	g, err := scanGrant(q.QueryRow(ctx, `SELECT `+grantColumns+` FROM staff_grants WHERE tenant = $1 AND id = $2`, tenant, id))
	if db.NoRows(err) {
		return nil, fault.New(fault.NotFound, "There is no such grant.")
	}
	if err != nil {
		return nil, fmt.Errorf("find staff grant: %w", err)
	}
	return g, nil
}

func listGrants(ctx context.Context, q db.Querier, tenant string) ([]*Grant, error) {
	rows, err := q.Query(ctx, `SELECT `+grantColumns+` FROM staff_grants WHERE tenant = $1 ORDER BY granted_at, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list staff grants: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []*Grant
	for rows.Next() {
		g, err := scanGrant(rows)
		if err != nil {
			return nil, fmt.Errorf("list staff grants: %w", err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// rolesOf reads the roles that a user holds now. A blocked user holds none.
func rolesOf(ctx context.Context, q db.Querier, tenant, userID string, now time.Time) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT DISTINCT g.role FROM staff_grants AS g JOIN users AS u ON u.tenant = g.tenant AND u.id = g.user_id
		WHERE g.tenant = $1 AND g.user_id = $2 AND g.revoked_at = 0 AND (g.expires_at = 0 OR g.expires_at > $3) AND NOT u.blocked
		ORDER BY g.role`, tenant, userID, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("read staff roles: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var roles []string
	for rows.Next() {
		var role string
		if err := rows.Scan(&role); err != nil {
			return nil, fmt.Errorf("read staff roles: %w", err)
		}
		roles = append(roles, role)
	}
	return roles, rows.Err()
}

// lastingAdministrators counts the grants, but the one with that id, which make
// somebody administrator without an end.
func lastingAdministrators(ctx context.Context, q db.Querier, tenant, but string) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM staff_grants AS g JOIN users AS u ON u.tenant = g.tenant AND u.id = g.user_id
		WHERE g.tenant = $1 AND g.id <> $2 AND g.role = $3 AND g.revoked_at = 0 AND g.expires_at = 0 AND NOT u.blocked`,
		tenant, but, Administrator).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count administrators: %w", err)
	}
	return n, nil
}

// wasAdministrator reports whether somebody (the user, or anybody when it is
// empty) has or ever had the role.
func wasAdministrator(ctx context.Context, q db.Querier, tenant, userID string) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM staff_grants WHERE tenant = $1 AND role = $2 AND ($3 = '' OR user_id = $3)`,
		tenant, Administrator, userID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for administrators: %w", err)
	}
	return n > 0, nil
}

func revokeGrant(ctx context.Context, tx *db.Tx, tenant, id, by string) error {
	_, err := tx.Exec(ctx, `UPDATE staff_grants SET revoked_at = $3, revoked_by = $4 WHERE tenant = $1 AND id = $2 AND revoked_at = 0`,
		tenant, id, db.Micros(tx.Now), by)
	if err != nil {
		return fmt.Errorf("revoke staff grant: %w", err)
	}
	return nil
}

package session

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

const familyColumns = `g.id, g.client, g.user_id, g.session, g.audience, g.scopes, g.auth_time, g.methods, g.created_at, g.expires_at, g.revoked_at`

// familyRow scans the columns of a family, after those of the caller.
type familyRow struct {
	f                           *Family
	scopes, methods             db.JSON[[]string]
	auth, created, ends, revoke int64
}

func newFamilyRow(tenant string) *familyRow { return &familyRow{f: &Family{Tenant: tenant}} }

func (r *familyRow) fields(before ...any) []any {
	return append(before, &r.f.ID, &r.f.Client, &r.f.UserID, &r.f.Session, &r.f.Audience, &r.scopes, &r.auth, &r.methods, &r.created, &r.ends, &r.revoke)
}

func (r *familyRow) family() *Family {
	r.f.Scopes, r.f.Methods = r.scopes.V, r.methods.V
	r.f.AuthTime, r.f.CreatedAt = db.Time(r.auth), db.Time(r.created)
	r.f.ExpiresAt, r.f.RevokedAt = db.Time(r.ends), db.Time(r.revoke)
	return r.f
}

// StartFamily stores a new family. Its CreatedAt is the transaction's Now.
func StartFamily(ctx context.Context, tx *db.Tx, f *Family) error {
	f.CreatedAt = tx.Now
	_, err := tx.Exec(ctx, `INSERT INTO grants (tenant, id, client, user_id, session, audience, scopes, auth_time, methods, created_at, expires_at, revoked_at, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '')`,
		f.Tenant, f.ID, f.Client, f.UserID, f.Session, f.Audience, db.JSON[[]string]{V: f.Scopes}, db.Micros(f.AuthTime),
		db.JSON[[]string]{V: f.Methods}, db.Micros(tx.Now), db.Micros(f.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store grant: %w", err)
	}
	return nil
}

// FindFamily finds a family by id; db.NoRows when there is none.
func FindFamily(ctx context.Context, q db.Querier, tenant, id string) (*Family, error) {
	r := newFamilyRow(tenant)
	err := q.QueryRow(ctx, `SELECT `+familyColumns+` FROM grants g WHERE g.tenant = $1 AND g.id = $2`, tenant, id).Scan(r.fields()...)
	return r.family(), err
}

// KeepFamily lets a family be remembered until then, when a token of it lives on
// after its last refresh token.
func KeepFamily(ctx context.Context, tx *db.Tx, f *Family, until time.Time) error {
	if !f.ExpiresAt.Before(until) {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE grants SET expires_at = $3 WHERE tenant = $1 AND id = $2 AND expires_at < $3`, f.Tenant, f.ID, db.Micros(until))
	if err != nil {
		return fmt.Errorf("keep grant: %w", err)
	}
	return nil
}

// RevokeFamily ends a family and reports whether it was alive.
func RevokeFamily(ctx context.Context, tx *db.Tx, tenant, id, reason string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE grants SET revoked_at = $3, reason = $4 WHERE tenant = $1 AND id = $2 AND revoked_at = 0`,
		tenant, id, db.Micros(tx.Now), reason)
	if err != nil {
		return false, fmt.Errorf("revoke grant: %w", err)
	}
	return n > 0, nil
}

// AddRefresh stores a refresh token of the family.
func AddRefresh(ctx context.Context, tx *db.Tx, f *Family, token []byte, idleUntil, expiresAt time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO refresh_tokens (tenant, token, grant_id, issued_at, idle_until, expires_at, rotated_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		f.Tenant, token, f.ID, db.Micros(tx.Now), db.Micros(idleUntil), db.Micros(expiresAt))
	if err != nil {
		return fmt.Errorf("store refresh token: %w", err)
	}
	return nil
}

// FindRefresh finds a refresh token and its family; db.NoRows when there is none.
func FindRefresh(ctx context.Context, q db.Querier, tenant string, token []byte) (*RefreshToken, error) {
	r, t := newFamilyRow(tenant), &RefreshToken{}
	var issued, idle, expires, rotated int64
	err := q.QueryRow(ctx, `SELECT t.issued_at, t.idle_until, t.expires_at, t.rotated_at, `+familyColumns+`
		FROM refresh_tokens t JOIN grants g ON g.tenant = t.tenant AND g.id = t.grant_id WHERE t.tenant = $1 AND t.token = $2`, tenant, token).
		Scan(r.fields(&issued, &idle, &expires, &rotated)...)
	t.Family, t.IssuedAt, t.IdleUntil, t.ExpiresAt, t.RotatedAt = r.family(), db.Time(issued), db.Time(idle), db.Time(expires), db.Time(rotated)
	return t, err
}

// RotateRefresh marks the token as replaced, and reports whether it was its
// family's newest: of several at once exactly one is told so.
func RotateRefresh(ctx context.Context, tx *db.Tx, tenant string, token []byte) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE refresh_tokens SET rotated_at = $3 WHERE tenant = $1 AND token = $2 AND rotated_at = 0`, tenant, token, db.Micros(tx.Now))
	if err != nil {
		return false, fmt.Errorf("rotate refresh token: %w", err)
	}
	return n > 0, nil
}

// TouchRefresh moves the idle end of a token that is used again and again.
func TouchRefresh(ctx context.Context, tx *db.Tx, tenant string, token []byte, idleUntil time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE refresh_tokens SET idle_until = $3 WHERE tenant = $1 AND token = $2`, tenant, token, db.Micros(idleUntil))
	if err != nil {
		return fmt.Errorf("touch refresh token: %w", err)
	}
	return nil
}

// AddAccess stores an opaque access token of the family.
func AddAccess(ctx context.Context, tx *db.Tx, f *Family, token []byte, scopes []string, expiresAt time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO access_tokens (tenant, token, grant_id, scopes, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.Tenant, token, f.ID, db.JSON[[]string]{V: scopes}, db.Micros(tx.Now), db.Micros(expiresAt))
	if err != nil {
		return fmt.Errorf("store access token: %w", err)
	}
	return nil
}

// FindAccess finds an opaque access token and its family, whatever their state;
// db.NoRows when there is none.
func FindAccess(ctx context.Context, q db.Querier, tenant string, token []byte) (*AccessToken, error) {
	r, t := newFamilyRow(tenant), &AccessToken{}
	var scopes db.JSON[[]string]
	var issued, expires int64
	err := q.QueryRow(ctx, `SELECT t.scopes, t.issued_at, t.expires_at, `+familyColumns+`
		FROM access_tokens t JOIN grants g ON g.tenant = t.tenant AND g.id = t.grant_id WHERE t.tenant = $1 AND t.token = $2`, tenant, token).
		Scan(r.fields(&scopes, &issued, &expires)...)
	t.Family, t.Scopes, t.IssuedAt, t.ExpiresAt = r.family(), scopes.V, db.Time(issued), db.Time(expires)
	return t, err
}

// RemoveAccess ends an opaque access token before its time.
func RemoveAccess(ctx context.Context, tx *db.Tx, tenant string, token []byte) error {
	_, err := tx.Exec(ctx, `DELETE FROM access_tokens WHERE tenant = $1 AND token = $2`, tenant, token)
	if err != nil {
		return fmt.Errorf("remove access token: %w", err)
	}
	return nil
}

// RevokeJWT remembers until its end that a JWT is no longer good.
func RevokeJWT(ctx context.Context, tx *db.Tx, tenant, jti string, expiresAt time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO revoked_tokens (tenant, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT (tenant, jti) DO NOTHING`,
		tenant, jti, db.Micros(expiresAt))
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// JWTRevoked reports whether a JWT was revoked by itself or with its family.
func JWTRevoked(ctx context.Context, q db.Querier, tenant, jti, family string) (revoked bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE tenant = $1 AND jti = $2)
		OR EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = $3 AND revoked_at > 0)
		OR ($3 <> '' AND NOT EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = $3))`, tenant, jti, family).Scan(&revoked)
	return revoked, err
}

// PruneFamilies deletes families and tokens that ended more than keep ago. It
// is run by a job, in bounded steps.
func PruneFamilies(ctx context.Context, d *db.DB, now time.Time, keep time.Duration) error {
	before := db.Micros(now.Add(-keep))
	for _, query := range []string{
		`DELETE FROM access_tokens WHERE (tenant, token) IN (SELECT tenant, token FROM access_tokens WHERE expires_at < $1 LIMIT 1000)`,
		`DELETE FROM revoked_tokens WHERE (tenant, jti) IN (SELECT tenant, jti FROM revoked_tokens WHERE expires_at < $1 LIMIT 1000)`,
		`DELETE FROM grants WHERE (tenant, id) IN (SELECT tenant, id FROM grants WHERE expires_at < $1 LIMIT 1000)`,
	} {
		for more := true; more; {
			if err := d.Write(ctx, func(tx *db.Tx) error {
				n, err := tx.Exec(ctx, query, before)
				more = n == 1000
				return err
			}); err != nil {
				return fmt.Errorf("prune grants: %w", err)
			}
		}
	}
	return nil
}

// RevokeFamilies ends everything that the user's applications were given.
func RevokeFamilies(ctx context.Context, tx *db.Tx, tenant, userID, reason string) error {
	_, err := tx.Exec(ctx, `UPDATE grants SET revoked_at = $3, reason = $4 WHERE tenant = $1 AND user_id = $2 AND revoked_at = 0`,
		tenant, userID, db.Micros(tx.Now), reason)
	if err != nil {
		return fmt.Errorf("revoke grants: %w", err)
	}
	return nil
}

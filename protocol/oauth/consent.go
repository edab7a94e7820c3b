package oauth

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/gatehouse/gatehouse/platform/db"
)

// findConsent reads the scopes that a person has agreed to; nil when none.
func findConsent(ctx context.Context, q db.Querier, tenant, user, client, audience string) ([]string, error) {
	var scopes db.JSON[[]string]
	err := q.QueryRow(ctx, `SELECT scopes FROM consents WHERE tenant = $1 AND user_id = $2 AND client = $3 AND audience = $4`,
		tenant, user, client, audience).Scan(&scopes)
	if err != nil && !db.NoRows(err) {
		return nil, fmt.Errorf("read consent: %w", err)
	}
	return scopes.V, nil
}

// addConsent remembers that the person agreed, beside what they agreed to before.
func addConsent(ctx context.Context, tx *db.Tx, tenant, user, client, audience string, scopes []string) error {
	given, err := findConsent(ctx, tx, tenant, user, client, audience)
	if err != nil {
		return err
	}
	for _, scope := range scopes {
		if !slices.Contains(given, scope) {
			given = append(given, scope)
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO consents (tenant, id, user_id, client, audience, scopes, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
		ON CONFLICT (tenant, user_id, client, audience) DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at`,
		tenant, rand.Text(), user, client, audience, db.JSON[[]string]{V: given}, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("store consent: %w", err)
	}
	return nil
}

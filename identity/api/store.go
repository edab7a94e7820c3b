package api

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
)

func find(ctx context.Context, q db.Querier, tenant, identifier string) (*API, error) {
	a := &API{Tenant: tenant, Identifier: identifier}
	var settings db.JSON[Settings]
	err := q.QueryRow(ctx, `SELECT id, name, settings FROM apis WHERE tenant = $1 AND identifier = $2`, tenant, identifier).
		Scan(&a.ID, &a.Name, &settings)
	a.Settings = settings.V
	return a, err
}

func upsert(ctx context.Context, tx *db.Tx, a *API) error {
	err := tx.QueryRow(ctx, `INSERT INTO apis (tenant, id, identifier, name, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (tenant, identifier) DO UPDATE SET name = excluded.name, settings = excluded.settings, updated_at = excluded.updated_at RETURNING id`,
		a.Tenant, a.ID, a.Identifier, a.Name, db.JSON[Settings]{V: a.Settings}, db.Micros(tx.Now)).Scan(&a.ID)
	if err != nil {
		return fmt.Errorf("store API: %w", err)
	}
	return nil
}

func findGrant(ctx context.Context, q db.Querier, tenant, client, api string) (*Grant, error) {
	g := &Grant{Client: client, API: api}
	var scopes db.JSON[[]string]
	err := q.QueryRow(ctx, `SELECT scopes FROM client_grants WHERE tenant = $1 AND client = $2 AND api = $3`, tenant, client, api).Scan(&scopes)
	g.Scopes = scopes.V
	return g, err
}

func upsertGrant(ctx context.Context, tx *db.Tx, tenant, id string, g *Grant) error {
	_, err := tx.Exec(ctx, `INSERT INTO client_grants (tenant, id, client, api, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, client, api) DO UPDATE SET scopes = excluded.scopes`,
		tenant, id, g.Client, g.API, db.JSON[[]string]{V: g.Scopes}, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("store client grant: %w", err)
	}
	return nil
}

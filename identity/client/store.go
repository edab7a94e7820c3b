package client

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

func scope(tenant string) keyring.Scope {
	return keyring.Scope{Tenant: tenant, Namespace: "clients"}
}

func secretField(id string) keyring.Field {
	return keyring.Field{Table: "clients", Column: "secret", Row: id}
}

func (s *Service) find(ctx context.Context, q db.Querier, tenant, id string) (*Client, []byte, error) {
	c := &Client{Tenant: tenant, ID: id}
	var settings db.JSON[Settings]
	var sealed []byte
	var created int64
	err := q.QueryRow(ctx, `SELECT name, settings, secret, created_at FROM clients WHERE tenant = $1 AND id = $2`, tenant, id).
		Scan(&c.Name, &settings, &sealed, &created)
	if err != nil {
		return nil, nil, err
	}
	c.Settings, c.CreatedAt = settings.V, db.Time(created)
	if sealed == nil {
		return c, nil, nil
	}
	secret, err := s.Keys.Open(ctx, q, scope(tenant), secretField(id), sealed)
	if err != nil {
		return nil, nil, fmt.Errorf("open the secret of client %s: %w", id, err)
	}
	c.secret = sha256.Sum256(secret)
	return c, secret, nil
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, c *Client, secret string) error {
	sealed, err := s.seal(ctx, tx, c, secret)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO clients (tenant, id, name, settings, secret, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		c.Tenant, c.ID, c.Name, db.JSON[Settings]{V: c.Settings}, sealed, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("insert client: %w", err)
	}
	return nil
}

// seal returns nil, and so NULL, for a public client.
func (s *Service) seal(ctx context.Context, tx *db.Tx, c *Client, secret string) (any, error) {
	if c.Public() {
		return nil, nil
	}
	sealed, err := s.Keys.Seal(ctx, tx, scope(c.Tenant), secretField(c.ID), []byte(secret))
	if err != nil {
		return nil, fmt.Errorf("seal client secret: %w", err)
	}
	return sealed, nil
}

func update(ctx context.Context, tx *db.Tx, c *Client) error {
	_, err := tx.Exec(ctx, `UPDATE clients SET name = $3, settings = $4, updated_at = $5 WHERE tenant = $1 AND id = $2`,
		c.Tenant, c.ID, c.Name, db.JSON[Settings]{V: c.Settings}, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("update client: %w", err)
	}
	return nil
}

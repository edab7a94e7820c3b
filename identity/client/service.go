package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// The events of applications. Auth0 logs such changes as Management API calls.
var (
	Created = journal.Register(journal.Kind{Name: "client.created", Title: "Application created"})
	Updated = journal.Register(journal.Kind{Name: "client.updated", Title: "Application changed"})
)

// Service makes and finds applications.
type Service struct {
	DB      *db.DB
	Keys    *keyring.Keyring
	Journal *journal.Journal
	Tenants *tenant.Service

	cache tenant.Cache[*Client]
}

// Find finds an application of the tenant as its generation has it. Errors:
// fault.NotFound.
func (s *Service) Find(ctx context.Context, t *tenant.Tenant, id string) (*Client, error) {
	return s.cache.Get(t, id, func() (*Client, error) {
		if len(id) > 256 {
			return nil, errNotFound
		}
		c, _, err := s.find(ctx, s.DB, t.ID, id)
		if db.NoRows(err) {
			return nil, errNotFound
		}
		return c, err
	})
}

var errNotFound = fault.New(fault.NotFound, "There is no such application.")

// Secret reads the secret of a confidential application, "" for a public one.
func (s *Service) Secret(ctx context.Context, tenant, id string) (string, error) {
	_, secret, err := s.find(ctx, s.DB, tenant, id)
	if db.NoRows(err) {
		return "", errNotFound
	}
	return string(secret), err
}

// Ensure makes the application, or gives the one of that id these settings. Its
// secret, made once, stays. Errors: fault.Invalid.
func (s *Service) Ensure(ctx context.Context, t *tenant.Tenant, by journal.Ref, id, name string, settings Settings) (*Client, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	c, secret := &Client{Tenant: t.ID, ID: id, Name: name, Settings: settings}, NewSecret()
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		kind := Updated
		_, _, err := s.find(ctx, tx, t.ID, id)
		switch {
		case db.NoRows(err):
			kind, err = Created, s.insert(ctx, tx, c, secret)
		case err == nil:
			err = update(ctx, tx, c)
		}
		if err != nil {
			return err
		}
		if err := s.Tenants.Changed(ctx, tx, t.ID); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: kind, Tenant: t.ID, Actor: by, Object: c.Ref()})
	})
	if err != nil {
		return nil, fmt.Errorf("ensure client %s: %w", id, err)
	}
	return c, nil
}

// Ref is the application in a journal event.
func (c *Client) Ref() journal.Ref { return journal.Ref{Type: "client", ID: c.ID, Name: c.Name} }

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// NewID is a random client id: 32 letters and digits, 190 bits.
func NewID() string { return random(32) }

// NewSecret is a random secret: 64 letters and digits, 381 bits.
func NewSecret() string { return random(64) }

func random(n int) string {
	out := make([]byte, 0, n)
	var b [96]byte
	for len(out) < n {
		_, _ = rand.Read(b[:])
		for _, c := range b {
			// 248 is the largest multiple of 62 in a byte: no letter is likelier.
			if c < 248 && len(out) < n {
				out = append(out, alphabet[c%62])
			}
		}
	}
	return string(out)
}

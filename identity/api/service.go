package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// The events of APIs and client grants.
var (
	Stored  = journal.Register(journal.Kind{Name: "api.stored", Title: "API created or changed"})
	Granted = journal.Register(journal.Kind{Name: "api.granted", Title: "Application granted an API"})
)

// Service makes and finds APIs and client grants.
type Service struct {
	DB      *db.DB
	Journal *journal.Journal
	Tenants *tenant.Service

	apis   tenant.Cache[*API]
	grants tenant.Cache[*Grant]
}

// Find finds an API by its identifier, as the tenant's generation has it.
// Errors: fault.NotFound.
func (s *Service) Find(ctx context.Context, t *tenant.Tenant, identifier string) (*API, error) {
	return s.apis.Get(t, identifier, func() (*API, error) {
		a, err := find(ctx, s.DB, t.ID, identifier)
		if db.NoRows(err) {
			return nil, fault.New(fault.NotFound, "There is no such API.")
		}
		return a, err
	})
}

// FindGrant finds what an application may have of an API for itself. Errors:
// fault.NotFound.
func (s *Service) FindGrant(ctx context.Context, t *tenant.Tenant, client, api string) (*Grant, error) {
	return s.grants.Get(t, client+"\x00"+api, func() (*Grant, error) {
		g, err := findGrant(ctx, s.DB, t.ID, client, api)
		if db.NoRows(err) {
			return nil, fault.New(fault.NotFound, "The application was not granted this API.")
		}
		return g, err
	})
}

// Ensure makes the API of that identifier, or gives it these settings. Errors:
// fault.Invalid.
func (s *Service) Ensure(ctx context.Context, t *tenant.Tenant, by journal.Ref, identifier, name string, settings Settings) (*API, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	if identifier == "" || len(identifier) > 600 {
		return nil, fault.New(fault.Invalid, "An API's identifier has 1 to 600 characters.")
	}
	a := &API{Tenant: t.ID, ID: newID(), Identifier: identifier, Name: name, Settings: settings}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := upsert(ctx, tx, a); err != nil {
			return err
		}
		if err := s.Tenants.Changed(ctx, tx, t.ID); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Stored, Tenant: t.ID, Actor: by, Object: a.Ref()})
	})
	if err != nil {
		return nil, fmt.Errorf("ensure API %s: %w", identifier, err)
	}
	return a, nil
}

// Grant lets an application have tokens of its own for an API, with these
// scopes at most. Errors: fault.Invalid for a scope that the API does not know.
func (s *Service) Grant(ctx context.Context, t *tenant.Tenant, by, client journal.Ref, a *API, scopes []string) error {
	for _, scope := range scopes {
		if !a.Knows(scope) {
			return fault.Newf(fault.Invalid, "The API %s has no scope %q.", a.Identifier, scope)
		}
	}
	id := newID()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := upsertGrant(ctx, tx, t.ID, id, &Grant{client.ID, a.ID, scopes}); err != nil {
			return err
		}
		if err := s.Tenants.Changed(ctx, tx, t.ID); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Granted, Tenant: t.ID, Actor: by, Object: a.Ref(),
			Related: []journal.Ref{client}, Details: map[string]any{"scopes": scopes}})
	})
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

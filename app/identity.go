package app

import (
	"context"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// identity is who there is, and what guards them.
type identity struct {
	Tenants *tenant.Service
	Clients *client.Service
	APIs    *api.Service
	Tokens  *token.Service
	Users   *user.Service
	hasher  *credential.Hasher
	limits  *limit.Limiter
	keeper  *limit.Keeper
}

func (a *App) buildIdentity(ctx context.Context) error {
	a.Tenants = &tenant.Service{DB: a.DB, Journal: a.Journal, Clock: a.clock, Public: a.settings.public,
		Provision: func(ctx context.Context, id string) error { return a.Keys.Provision(ctx, a.DB, id) },
		Warm:      func(ctx context.Context, id string) error { return a.Keys.Warm(ctx, a.DB, id) },
		Furnish:   a.furnishTenant}
	a.Clients = &client.Service{DB: a.DB, Keys: a.Keys, Journal: a.Journal, Tenants: a.Tenants}
	a.APIs = &api.Service{DB: a.DB, Journal: a.Journal, Tenants: a.Tenants}
	a.Tokens = &token.Service{DB: a.DB, Keys: a.Keys, Journal: a.Journal, Tenants: a.Tenants}
	a.Users = &user.Service{DB: a.DB, Journal: a.Journal, EndAccess: []user.EndAccess{session.EndAll,
		func(ctx context.Context, tx *db.Tx, tenant, userID string) error {
			return session.RevokeFamilies(ctx, tx, tenant, userID, session.ByOperator)
		}}}
	cost, err := credential.Tune(ctx, a.DB, a.clock)
	if err != nil {
		return err
	}
	a.hasher = credential.Start(credential.Config{Cost: cost, Threads: a.settings.HashThreads, Waiting: a.settings.HashQueue, Log: a.log})
	a.metrics.MustRegister(a.hasher)
	if a.limits, err = limit.New(a.settings.limits); err != nil {
		return err
	}
	a.keeper = &limit.Keeper{Limiter: a.limits, DB: a.DB, Clock: a.clock}
	return a.keeper.Restore(ctx)
}

// furnishTenant gives a tenant what each one has. It may be repeated.
func (a *App) furnishTenant(ctx context.Context, t *tenant.Tenant) error {
	if err := a.Tokens.Ensure(ctx, t); err != nil {
		return err
	}
	if err := a.ensureConnection(ctx, t); err != nil {
		return err
	}
	return a.ensureManagementAPI(ctx, t)
}

// ensureConnection makes the tenant's database connection. The operator's own
// people do not sign up: they are invited.
func (a *App) ensureConnection(ctx context.Context, t *tenant.Tenant) error {
	closed := t.ID == OperatorTenant
	if c, err := connection.Default(ctx, a.DB, t.ID); err == nil && (c.Settings.DisableSignup || !closed) {
		return nil
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := connection.Default(ctx, tx, t.ID)
		if fault.Is(err, fault.NotFound) {
			c, err = connection.CreateDefault(ctx, tx, t.ID)
		}
		if err != nil {
			return err
		}
		if closed {
			c.Settings.DisableSignup = true
			if err := connection.SetSettings(ctx, tx, t.ID, c.ID, c.Settings); err != nil {
				return err
			}
		}
		return a.Tenants.Changed(ctx, tx, t.ID)
	})
}

package app

import (
	"context"
	"fmt"

	"github.com/gatehouse/gatehouse/identity/tenant"
)

// TenantRequest asks for a further tenant.
type TenantRequest struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // what people are shown; the id when empty
	Host string `json:"host,omitempty"` // one label below the public host when empty
}

// Tenant is one identity service of this installation.
type Tenant struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Issuer string `json:"issuer"`
}

// CreateTenant makes a tenant with its own issuer, keys and database
// connection. Repeating it changes nothing.
func (a *App) CreateTenant(ctx context.Context, in TenantRequest) (*Tenant, error) {
	if in.Name == "" {
		in.Name = in.ID
	}
	if in.Host == "" {
		base := a.settings.public.Hostname()
		if loopbackHost(base) {
			base = "localhost"
		}
		in.Host = in.ID + "." + base
	}
	t, err := a.Tenants.Ensure(ctx, in.ID, in.Name, hostname(in.Host))
	if err != nil {
		return nil, fmt.Errorf("create tenant: %w", err)
	}
	return shown(t), nil
}

// Tenants are all of an installation.
type Tenants struct {
	Tenants []*Tenant `json:"tenants"`
}

// ListTenants lists every tenant by id.
func (a *App) ListTenants(ctx context.Context, _ struct{}) (*Tenants, error) {
	all, err := a.Tenants.List(ctx)
	if err != nil {
		return nil, err
	}
	list := &Tenants{Tenants: []*Tenant{}}
	for _, t := range all {
		list.Tenants = append(list.Tenants, shown(t))
	}
	return list, nil
}

func shown(t *tenant.Tenant) *Tenant { return &Tenant{t.ID, t.Name, t.Issuer} }

// RunCreateTenant makes a tenant, through the running server where there is one.
func RunCreateTenant(ctx context.Context, c Config, in TenantRequest) (*Tenant, error) {
	return either(ctx, c, "tenant-create", in, (*App).CreateTenant)
}

// RunListTenants lists the tenants.
func RunListTenants(ctx context.Context, c Config) (*Tenants, error) {
	return either(ctx, c, "tenant-list", struct{}{}, (*App).ListTenants)
}

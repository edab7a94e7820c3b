package house

import (
	"context"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Configure changes the settings of an application of the default tenant.
func (h *House) Configure(id string, change func(*client.Settings)) {
	h.Helper()
	t := h.Tenant("default")
	c, err := h.App.Clients.Find(context.Background(), t, id)
	h.Must(err)
	settings := c.Settings
	change(&settings)
	_, err = h.App.Clients.Ensure(context.Background(), t, journal.Ref{}, id, c.Name, settings)
	h.Must(err)
}

// Tenancy changes the settings of the default tenant.
func (h *House) Tenancy(change func(*tenant.Settings)) {
	h.Helper()
	settings := h.Tenant("default").Settings
	change(&settings)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE tenants SET settings = $2 WHERE id = $1`, "default", db.JSON[tenant.Settings]{V: settings}); err != nil {
			return err
		}
		return h.App.Tenants.Changed(ctx, tx, "default")
	})
}

// Events are the default tenant's events of that kind, the newest first.
func (h *House) Events(kind *journal.Kind) []journal.Entry {
	h.Helper()
	_, err := h.App.Journal.Seal(context.Background())
	h.Must(err)
	page, err := h.App.Journal.List(context.Background(), journal.Filter{Tenant: "default", Limit: 200,
		Match: func(e *journal.Entry) bool { return e.Kind == kind }})
	h.Must(err)
	return page.Entries
}

package login

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/gatehouse/gatehouse/experience/template"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/notify"
)

// Notices mails people about what happens to their accounts. Its methods are
// journal listeners: they may hear an event twice, and send one mail.
type Notices struct {
	DB      *db.DB
	Tenants *tenant.Service
	Mail    *notify.Sender
	Log     *slog.Logger
}

// AccountBlocked hears Blocked.
func (n *Notices) AccountBlocked(ctx context.Context, e journal.Entry) error {
	if e.Actor.ID == "" {
		return nil // Nobody has that account, or not any more.
	}
	t, err := n.Tenants.Find(ctx, e.Tenant)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tenant of a notice: %w", err)
	}
	u, err := user.Find(ctx, n.DB, e.Tenant, e.Actor.ID)
	if fault.Is(err, fault.NotFound) || err == nil && u.Email == "" {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := template.BlockedAccount{Service: t.Name, Email: u.Email, IP: e.Source.IP.String(), At: e.At}.Message(e.Tenant, u.Email)
	if err != nil {
		return err
	}
	m.ID = e.ID
	err = n.DB.Write(ctx, func(tx *db.Tx) error { return n.Mail.Send(ctx, tx, m) })
	if fault.Is(err, fault.Invalid) { // It will not become a mail by being tried again.
		n.Log.Warn("a notice cannot be sent", "tenant", e.Tenant, "event", e.ID, "error", err)
		return nil
	}
	return err
}

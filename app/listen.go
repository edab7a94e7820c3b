package app

import (
	"context"

	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/protocol/login"
)

// listen says who hears which events: what may follow a change without having
// to be true together with it.
func (a *App) listen(context.Context) error {
	notices := &login.Notices{DB: a.DB, Tenants: a.Tenants, Mail: a.Mail, Log: a.log}
	for _, l := range []struct {
		name  string
		kinds []*journal.Kind
		hear  func(context.Context, journal.Entry) error
	}{
		{"login.notices", []*journal.Kind{login.Blocked}, notices.AccountBlocked},
	} {
		a.Journal.Listen(l.name, l.kinds, l.hear)
	}
	return nil
}

package app

import (
	"context"
	"time"

	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/session"
)

// keepEnded is how long tokens that have ended are kept before they are deleted.
const keepEnded = 24 * time.Hour

// schedule lists what is done without being asked, and how often.
func (a *App) schedule(context.Context) error {
	for _, job := range []struct {
		name  string
		every time.Duration
		run   func(context.Context) error
	}{
		{"limits.save", 5 * time.Second, a.keeper.Save},
		{"login.prune", 10 * time.Minute, a.Login.Prune},
		{"codes.prune", 10 * time.Minute, a.OAuth.Prune},
		{"tokens.prune", time.Hour, func(ctx context.Context) error { return session.PruneFamilies(ctx, a.DB, a.clock.Now(), keepEnded) }},
		{"sessions.prune", time.Hour, func(ctx context.Context) error { return session.Prune(ctx, a.DB, a.clock) }},
		{"shield.prune", time.Hour, func(ctx context.Context) error { return shield.Prune(ctx, a.DB, a.clock) }},
		{"staff.links", time.Hour, a.Staff.PruneLinks},
		{"console.prune", time.Hour, a.Console.Prune},
		{"keys.rotate", 24 * time.Hour, a.Tokens.RotateDue},
		{"checks.run", time.Minute, a.Checks.RunDue},
	} {
		a.Jobs.Every(job.name, job.every, job.run)
	}
	// One process seals the journal and delivers its events.
	a.Jobs.Duty("journal", func(ctx context.Context) error {
		a.Journal.Run(ctx)
		return ctx.Err()
	})
	a.watch()
	return nil
}

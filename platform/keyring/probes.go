package keyring

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Probe looks at the hierarchy: every tenant key in use is wrapped by the root
// of this installation, and opens with it.
func (k *Keyring) Probe(d *db.DB) check.Probe {
	return check.Probe{
		Name: "keys.root", Title: "Tenant keys under the root key", Every: time.Hour,
		Claim: "Every tenant's data is encrypted with keys of its own, which the installation's root key protects.",
		Run: func(ctx context.Context) check.Result {
			r, err := k.probe(ctx, d)
			if err != nil {
				return check.Failed(err)
			}
			return r
		},
	}
}

func (k *Keyring) probe(ctx context.Context, d *db.DB) (check.Result, error) {
	k.mu.RLock()
	root := k.root.Name()
	k.mu.RUnlock()
	all, err := k.rows(ctx, d, `SELECT `+rowColumns+` FROM keys WHERE level = 'tenant' AND retired_at = 0`)
	if err != nil {
		return check.Result{}, err
	}
	var failures []check.Failure
	for _, r := range all {
		if r.parent != root {
			failures = append(failures, check.Failure{Subject: r.name.Tenant, Reason: "wrapped by the root " + r.parent})
		} else if err := k.Warm(ctx, d, r.name.Tenant); err != nil {
			failures = append(failures, check.Failure{Subject: r.name.Tenant, Reason: err.Error()})
		}
	}
	ages, err := k.Ages(ctx, d)
	if err != nil {
		return check.Result{}, err
	}
	facts := map[string]any{"root": root}
	for _, a := range ages {
		facts[a.Level] = fmt.Sprintf("%d in use (oldest of %s), %d retired, %d destroyed",
			a.Live, a.Oldest.Format(time.DateOnly), a.Retired, a.Destroyed)
	}
	return check.Of(len(all), failures, facts), nil
}

package keyring_test

import (
	"testing"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

func TestProbe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := keyring.New(fileRoot(t), quiet)
		if r := k.Probe(d).Run(ctx); r.State != check.NotYet {
			t.Errorf("without keys: %+v", r)
		}
		seal(t, k, d, scope, field, "x")
		if r := k.Probe(d).Run(ctx); r.State != check.Kept || r.Population != 1 || r.Facts["data"] != "1 in use (oldest of 2026-03-01), 0 retired, 0 destroyed" {
			t.Errorf("with a key of each level: %+v", r)
		}
		if r := keyring.New(fileRoot(t), quiet).Probe(d).Run(ctx); r.State != check.Broken || len(r.Failures) != 1 {
			t.Errorf("under another root: %+v", r)
		}
	})
}

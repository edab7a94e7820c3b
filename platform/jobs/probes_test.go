package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/jobs"
)

func TestProbe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r := jobs.New(d, clk, quiet)
		var failure error
		r.Every("count", time.Minute, func(context.Context) error { return failure })
		r.Queue("post", 1, func(context.Context, jobs.Task) error { return jobs.Permanent(errors.New("lost")) })
		expect := func(when string, state check.State, failures int) {
			t.Helper()
			if got := r.Probe().Run(ctx); got.State != state || len(got.Failures) != failures {
				t.Errorf("%s: %+v", when, got)
			}
		}
		runDue(t, r)
		expect("when all ran", check.Kept, 0)
		clk.Forward(8 * time.Minute)
		expect("when one is late", check.Broken, 1)
		failure = errors.New("broken")
		for range 3 {
			runDue(t, r)
			clk.Forward(time.Minute)
		}
		expect("when one fails again and again", check.Broken, 1)
		failure = nil
		runDue(t, r)
		expect("when it got well", check.Kept, 0)
		enqueue(t, d, r, "parcel", time.Time{})
		runDue(t, r)
		expect("when a task was given up", check.Broken, 1)
	})
}

package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
)

// A job may fail twice in a row and be late by its interval and some, before
// that is worth telling.
const (
	toleratedFailures = 2
	toleratedDelay    = 5 * time.Minute
)

// Probe looks at the registered jobs: each runs when it should, none fails
// again and again, and no task was given up.
func (r *Runner) Probe() check.Probe {
	return check.Probe{
		Name: "jobs.alive", Title: "Background work", Every: 5 * time.Minute,
		Claim: "All background work runs on time.",
		Run: func(ctx context.Context) check.Result {
			all, err := r.Status(ctx)
			if err != nil {
				return check.Failed(err)
			}
			var failures []check.Failure
			for _, s := range all {
				if reason := s.ill(r.clock.Now()); reason != "" {
					failures = append(failures, check.Failure{Subject: s.Name, Reason: reason})
				}
			}
			return check.Of(len(all), failures, nil)
		},
	}
}

// ill says what is wrong with a job, or nothing.
func (s Status) ill(now time.Time) string {
	switch {
	case s.Form == Queued && s.Failed > 0:
		return fmt.Sprintf("%d tasks were given up", s.Failed)
	case s.Failures > toleratedFailures:
		return fmt.Sprintf("failed %d times in a row: %s", s.Failures, s.Error)
	case s.Form == Periodic && s.Holder == "" && !s.NextAt.IsZero() && now.Sub(s.NextAt) > s.Every+toleratedDelay:
		return "has not run since " + s.FinishedAt.Format(time.RFC3339)
	case s.Form == Standing && s.Holder == "" && !s.FinishedAt.IsZero() && now.Sub(s.FinishedAt) > toleratedDelay:
		return "nobody does it since " + s.FinishedAt.Format(time.RFC3339)
	}
	return ""
}

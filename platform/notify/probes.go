package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Probe looks at the mails of the last day: none failed, and none has waited
// for more than an hour. Its failures name mails by their ids only.
func (s *Sender) Probe(clk clock.Clock) check.Probe {
	return check.Probe{
		Name: "mail.delivered", Title: "Mail delivery", Every: 15 * time.Minute,
		Claim: "Mails reach the mail server within an hour.",
		Run: func(ctx context.Context) check.Result {
			if !s.Configured() {
				return check.Result{State: check.NotYet, Summary: "No mail server is configured; mails are kept in the outbox."}
			}
			r, err := s.lastDay(ctx, clk.Now())
			if err != nil {
				return check.Failed(err)
			}
			return r
		},
	}
}

func (s *Sender) lastDay(ctx context.Context, now time.Time) (r check.Result, err error) {
	rows, err := s.db.Query(ctx, `SELECT id, state, created_at FROM outbox WHERE created_at >= $1 AND state <> 'kept'`, db.Micros(now.Add(-24*time.Hour)))
	if err != nil {
		return r, fmt.Errorf("read the outbox: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var failures []check.Failure
	population := 0
	for rows.Next() {
		var id string
		var state State
		var created int64
		if err := rows.Scan(&id, &state, &created); err != nil {
			return r, fmt.Errorf("read the outbox: %w", err)
		}
		population++
		switch waited := now.Sub(db.Time(created)); {
		case state == Failed:
			failures = append(failures, check.Failure{Subject: id, Reason: "failed"})
		case state == Waiting && waited > time.Hour:
			failures = append(failures, check.Failure{Subject: id, Reason: "waiting for " + waited.Truncate(time.Minute).String()})
		}
	}
	return check.Of(population, failures, nil), rows.Err()
}

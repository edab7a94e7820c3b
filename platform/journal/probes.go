package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
)

// staleSeal is how long an event may wait for its position before something is
// wrong with the sealer. The target is a second.
const staleSeal = time.Minute

// Probe checks that the journal verifies, by verify, and that its sealer works.
func (j *Journal) Probe(every time.Duration, verify func(context.Context) (Report, error)) check.Probe {
	return check.Probe{Name: "journal.verification", Title: "Journal",
		Claim:   "No event is missing from the journal or was changed in it, and new ones are sealed within a minute.",
		Version: "1", Every: every, Timeout: time.Hour, Run: func(ctx context.Context) check.Result {
			report, err := verify(ctx)
			if err != nil {
				return check.Failed(err)
			}
			var failures []check.Failure
			if !report.Sound {
				failures = append(failures, check.Failure{Subject: "journal", Reason: report.Finding})
			}
			lag, err := j.lag(ctx)
			if err != nil {
				return check.Failed(err)
			}
			if lag > staleSeal {
				failures = append(failures, check.Failure{Subject: "sealer", Reason: fmt.Sprintf("An event has waited %s for its position.", lag.Round(time.Second))})
			}
			result := check.Of(int(report.Verified), failures, map[string]any{"events": report.Verified, "lag_seconds": lag.Seconds()})
			if result.State == check.Kept {
				result.Summary = fmt.Sprintf("%d events agree with the transparency log.", report.Verified)
			}
			return result
		}}
}

// lag is how long the oldest unsealed event has waited.
func (j *Journal) lag(ctx context.Context) (time.Duration, error) {
	rows, err := j.DB.Query(ctx, `SELECT at FROM journal WHERE position IS NULL ORDER BY id LIMIT 1`)
	if err != nil {
		return 0, fmt.Errorf("read unsealed events: %w", err)
	}
	defer rows.Close()
	var at int64
	if !rows.Next() {
		return 0, rows.Err()
	}
	if err := rows.Scan(&at); err != nil {
		return 0, fmt.Errorf("read unsealed events: %w", err)
	}
	return max(0, j.Clock.Now().Sub(time.UnixMicro(at))), nil
}

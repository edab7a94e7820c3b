package credential

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// target is how long one hash should take: short enough for a person who
// waits, long enough to spoil guessing.
const target = 100 * time.Millisecond

// sampleCost is cheap enough to be measured several times in a start.
const sampleCost = 8

// tuned is the fact that table installation keeps under costName.
type tuned struct {
	Cost   int   `json:"cost"`
	Micros int64 `json:"micros"` // what one hash of that cost was reckoned to take
}

const costName = "password_cost"

// Tune is the cost whose hash takes about 100 ms on the machine where the
// installation first started, between 10 and 14. It is measured once and kept
// in the database: every process and later start uses the same.
func Tune(ctx context.Context, d *db.DB, clk clock.Clock) (int, error) {
	kept, found, err := readCost(ctx, d)
	if err != nil || found {
		return kept.Cost, err
	}
	measured := measure(clk)
	err = d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
			costName, db.JSON[tuned]{V: measured}); err != nil {
			return err
		}
		kept, _, err = readCost(ctx, tx) // Another process may have been first.
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep the password cost: %w", err)
	}
	return kept.Cost, nil
}

func readCost(ctx context.Context, q db.Querier) (tuned, bool, error) {
	var kept db.JSON[tuned]
	err := q.QueryRow(ctx, `SELECT value FROM installation WHERE name = $1`, costName).Scan(&kept)
	if db.NoRows(err) {
		return tuned{}, false, nil
	}
	if err != nil {
		return tuned{}, false, fmt.Errorf("read the password cost: %w", err)
	}
	kept.V.Cost = min(max(kept.V.Cost, LowestCost), highestCost)
	return kept.V, true, nil
}

// measure takes the fastest of a few samples: whatever else the machine does
// only ever makes one slower.
func measure(clk clock.Clock) tuned {
	fastest := time.Duration(math.MaxInt64)
	for range 4 {
		start := clk.Now()
		_, _ = bcrypt.GenerateFromPassword([]byte("a password of usual length"), sampleCost) // Its only errors are of length and cost.
		fastest = min(fastest, clk.Now().Sub(start))
	}
	cost := costFor(fastest)
	return tuned{cost, (fastest << (cost - sampleCost)).Microseconds()}
}

// costFor finds the cost nearest to the target, given what a hash of
// sampleCost takes. A clock that stands still has measured nothing: the lowest
// cost is safe.
func costFor(sample time.Duration) int {
	if sample <= 0 {
		return LowestCost
	}
	steps := math.Round(math.Log2(float64(target) / float64(sample)))
	return min(max(sampleCost+int(steps), LowestCost), highestCost)
}

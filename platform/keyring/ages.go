package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// Age says how many keys of a level there are and how old the ones in use are.
type Age struct {
	Level          string
	Live           int // new values are sealed or wrapped with them
	Retired        int // they only open
	Destroyed      int
	Oldest, Newest time.Time // of the live ones; zero when there is none
}

// Ages is one entry per level that has keys, by the level's name.
func (k *Keyring) Ages(ctx context.Context, q db.Querier) (ages []Age, err error) {
	rows, err := q.Query(ctx, `SELECT level,
			count(*) FILTER (WHERE retired_at = 0),
			count(*) FILTER (WHERE retired_at <> 0 AND destroyed_at = 0),
			count(*) FILTER (WHERE destroyed_at <> 0),
			coalesce(min(created_at) FILTER (WHERE retired_at = 0), 0),
			coalesce(max(created_at) FILTER (WHERE retired_at = 0), 0)
		FROM keys GROUP BY level ORDER BY level`)
	if err != nil {
		return nil, fmt.Errorf("count keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Age
		var oldest, newest int64
		if err := rows.Scan(&a.Level, &a.Live, &a.Retired, &a.Destroyed, &oldest, &newest); err != nil {
			return nil, fmt.Errorf("count keys: %w", err)
		}
		a.Oldest, a.Newest = db.Time(oldest), db.Time(newest)
		ages = append(ages, a)
	}
	return ages, rows.Err()
}

package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/gatehouse/gatehouse/platform/db"
)

const (
	// mostNear is how many positions are searched before it is worth asking
	// where the search must end.
	mostNear = 10_000
	// mostOutlines bounds how many of a tenant's events the database goes past,
	// unopened, to find those of some kinds.
	mostOutlines = 50_000
)

// sweep calls look for one stretch of positions after another, in the order of
// the filter, until it has enough or nothing is left. next is where to go on
// when a bound ended the search, else -1.
func (j *Journal) sweep(ctx context.Context, f Filter, look func(context.Context, Filter) (enough bool, err error)) (enough bool, next int64, err error) {
	size, err := sealedSize(ctx, j.DB)
	if err != nil {
		return false, -1, fmt.Errorf("list events: %w", err)
	}
	if f.Before <= 0 || f.Before > size {
		f.Before = size
	}
	if f.Tenant == "" || len(f.Kinds) == 0 {
		enough, err = look(ctx, f)
		return enough, -1, err
	}
	near, rest := f.split(mostNear)
	if enough, err = look(ctx, near); enough || err != nil || rest.From >= rest.Before {
		return enough, -1, err
	}
	edge, bounded, err := j.edge(ctx, rest)
	if err != nil {
		return false, -1, err
	}
	if !bounded {
		enough, err = look(ctx, rest)
		return enough, -1, err
	}
	within, beyond := rest.cut(edge)
	enough, err = look(ctx, within)
	return enough, beyond.next(), err
}

// edge is the last position that a search for kinds may look at: that of the
// tenant's 50,000th event. It is read from the index.
func (j *Journal) edge(ctx context.Context, f Filter) (position int64, bounded bool, err error) {
	err = j.DB.QueryRow(ctx, `SELECT position FROM journal WHERE tenant = $1 AND position >= $2 AND position < $3
		ORDER BY position `+f.direction()+` LIMIT 1 OFFSET $4`, f.Tenant, f.From, f.Before, mostOutlines-1).Scan(&position)
	if db.NoRows(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("list events: %w", err)
	}
	return position, true, nil
}

// Positions finds where the events of a filter stand without opening one, so
// that they can be counted and passed by; it does not ask Filter.Match. It
// goes as far as List would.
func (j *Journal) Positions(ctx context.Context, f Filter) (found []int64, err error) {
	limit := f.Limit
	_, _, err = j.sweep(ctx, f, func(ctx context.Context, f Filter) (bool, error) {
		f.Limit = limit - len(found)
		rows, err := f.query(ctx, j.DB, "")
		if err != nil {
			return false, err
		}
		defer rows.Close()
		for rows.Next() {
			var position int64
			if err := rows.Scan(&position); err != nil {
				return false, fmt.Errorf("list events: %w", err)
			}
			found = append(found, position)
		}
		return len(found) >= limit, rows.Err()
	})
	return found, err
}

// query asks for the positions, and further columns, of a stretch. What varies
// in number is an argument: each text is a statement that is prepared and kept.
func (f Filter) query(ctx context.Context, q db.Querier, columns string) (*sql.Rows, error) {
	text, args := `SELECT position`+columns+` FROM journal WHERE position >= $1 AND position < $2`, []any{f.From, f.Before, f.Limit}
	if f.Tenant != "" {
		args = append(args, f.Tenant)
		text += ` AND tenant = $` + strconv.Itoa(len(args))
	}
	if len(f.Kinds) > 0 {
		args = append(args, db.List(q, f.Kinds))
		text += ` AND kind IN ` + db.InTexts(q, len(args))
	}
	rows, err := q.Query(ctx, text+` ORDER BY position `+f.direction()+` LIMIT $3`, args...)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return rows, nil
}

func (f Filter) direction() string {
	if f.Oldest {
		return "ASC"
	}
	return "DESC"
}

// after is what is left once an event was looked at.
func (f Filter) after(position int64) Filter {
	if f.Oldest {
		f.From = position + 1
	} else {
		f.Before = position
	}
	return f
}

// next is Page.Next for what is left.
func (f Filter) next() int64 {
	switch {
	case f.Oldest:
		return f.From
	case f.Before <= f.From:
		return -1
	}
	return f.Before
}

// cut is the stretch up to an event, and what is left after it.
func (f Filter) cut(position int64) (stretch, rest Filter) {
	stretch, rest = f, f.after(position)
	if f.Oldest {
		stretch.Before = position + 1
	} else {
		stretch.From = position
	}
	return stretch, rest
}

// split is the first n positions, and what is left after them.
func (f Filter) split(n int64) (stretch, rest Filter) {
	last := max(f.From, f.Before-n)
	if f.Oldest {
		last = min(f.Before, f.From+n) - 1
	}
	return f.cut(last)
}

package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// Filter chooses sealed events.
type Filter struct {
	Tenant string            // "" is every tenant
	Kinds  []string          // names of kinds; none is all
	Before int64             // positions below it; 0 is no bound
	From   int64             // positions at or above it
	Oldest bool              // in the order of positions, else newest first
	Limit  int               // how many at most; 0 is 50
	Match  func(*Entry) bool // what of them; nil is all
}

// Bounds of one List, whatever is asked. Bytes are those of sealed payloads.
const (
	mostOpened      = 5_000    // events that are opened to find what matches
	mostOpenedBytes = 16 << 20 // of the events that are opened
	mostPageBytes   = 4 << 20  // of a page; the event that exceeds it is its last
	mostHeld        = 200      // events that are held before they are opened
	mostHeldBytes   = 1 << 20  // of those
)

// Page is what List found.
type Page struct {
	Entries []Entry
	Next    int64 // where the next page begins: Filter.Before, or Filter.From when oldest first; -1 at the end
	Full    bool  // its bytes ended the page, before Filter.Limit
}

// List reads sealed events. Page.Next tells where to go on when the limit, or a
// bound that the package comment names, ended the page. An event whose payload
// does not open is listed as its outline: one bad row hides no other.
func (j *Journal) List(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	l := listing{Journal: j, limit: f.Limit}
	enough, next, err := j.sweep(ctx, f, l.look)
	if err != nil {
		return Page{}, err
	}
	if l.Next = next; enough {
		l.Next = f.after(l.last).next()
	}
	return l.Page, nil
}

// listing is one List at work.
type listing struct {
	*Journal
	Page
	limit  int
	last   int64 // position that was looked at
	opened int
	bytes  int // opened
	kept   int // bytes of the page
}

// look opens the events of a stretch and keeps those that match.
func (l *listing) look(ctx context.Context, f Filter) (enough bool, err error) {
	for more := true; more; {
		f.Limit = mostHeld
		if f.Match == nil {
			f.Limit = min(mostHeld, l.limit-len(l.Entries))
		}
		var rows []positioned
		if rows, more, err = l.rows(ctx, f); err != nil {
			return false, err
		}
		for i := range rows {
			e, err := l.open(ctx, &rows[i].sealedRow, rows[i].position)
			if err != nil {
				return false, err
			}
			f, l.last = f.after(e.Position), e.Position
			if l.take(&e, len(rows[i].payload), f.Match) {
				return true, nil
			}
		}
	}
	return false, nil
}

// take keeps the entry if it matches, and reports whether a bound is met.
func (l *listing) take(e *Entry, size int, match func(*Entry) bool) bool {
	l.opened, l.bytes = l.opened+1, l.bytes+size
	if match == nil || match(e) {
		l.Entries, l.kept = append(l.Entries, *e), l.kept+size
	}
	if len(l.Entries) == l.limit {
		return true
	}
	l.Full = l.kept >= mostPageBytes
	return l.Full || l.opened == mostOpened || l.bytes >= mostOpenedBytes
}

type positioned struct {
	position int64
	sealedRow
}

// rows reads events without opening them, which may need this connection for
// keys. They are fewer than there are when their bytes are many.
func (j *Journal) rows(ctx context.Context, f Filter) (list []positioned, more bool, err error) {
	rows, err := f.query(ctx, j.DB, ", "+sealedColumns)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; size < mostHeldBytes && rows.Next(); size += len(list[len(list)-1].payload) {
		var r positioned
		if err := rows.Scan(append([]any{&r.position}, r.fields()...)...); err != nil {
			return nil, false, fmt.Errorf("list events: %w", err)
		}
		list, more = append(list, r), size+len(r.payload) >= mostHeldBytes
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("list events: %w", err)
	}
	return list, more || len(list) == f.Limit, nil
}

// At reads the sealed event at a position. Errors: fault.NotFound.
func (j *Journal) At(ctx context.Context, tenant string, position int64) (Entry, error) {
	var r sealedRow
	err := j.DB.QueryRow(ctx, `SELECT `+sealedColumns+` FROM journal WHERE position = $1`, position).Scan(r.fields()...)
	if db.NoRows(err) || (err == nil && tenant != "" && r.tenant != tenant) {
		return Entry{}, fault.New(fault.NotFound, "There is no such event.")
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read event: %w", err)
	}
	return j.open(ctx, &r, position)
}

func (j *Journal) open(ctx context.Context, r *sealedRow, position int64) (Entry, error) {
	e := Entry{ID: r.id, Position: position, Tenant: r.tenant, At: db.Time(r.at), KindName: r.kind, Kind: Lookup(r.kind),
		Actor: Ref{ID: r.actor}, Object: Ref{ID: r.object}}
	body, err := j.Keys.Open(ctx, j.DB, scope(r.tenant, r.subject), field(r.id), r.payload)
	if errors.Is(err, keyring.ErrDestroyed) {
		e.Erased = true
		return e, nil
	}
	if errors.Is(err, keyring.ErrAltered) || errors.Is(err, keyring.ErrUnknown) {
		e.Damaged = true
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("open event %d: %w", position, err)
	}
	var v envelope
	if json.Unmarshal(body, &v) != nil {
		e.Damaged = true
		return e, nil
	}
	e.Actor, e.Object, e.Related, e.Source = v.Actor, v.Object, v.Related, v.Source
	e.Description, e.Details = v.Description, v.Details
	return e, nil
}

package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

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

// mostScanned bounds how many events one List opens to find what matches.
const mostScanned = 20_000

// Page is what List found.
type Page struct {
	Entries []Entry
	Next    int64 // where the next page begins: Filter.Before, or Filter.From when oldest first; -1 at the end
}

// List reads sealed events. It looks at no more than 20,000 to find what
// matches; Page.Next tells where to go on.
func (j *Journal) List(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	page, scanned := Page{Next: -1}, 0
	for {
		entries, err := j.chunk(ctx, f, max(f.Limit, 200))
		if err != nil {
			return Page{}, err
		}
		for i := range entries {
			e := &entries[i]
			if f.Match == nil || f.Match(e) {
				page.Entries = append(page.Entries, *e)
			}
			scanned++
			if f.Oldest {
				f.From, page.Next = e.Position+1, e.Position+1
			} else {
				f.Before, page.Next = e.Position, e.Position
			}
			if len(page.Entries) == f.Limit || scanned == mostScanned {
				return page, nil
			}
		}
		if len(entries) < max(f.Limit, 200) || (!f.Oldest && f.Before == 0) {
			page.Next = -1
			return page, nil
		}
	}
}

func (j *Journal) chunk(ctx context.Context, f Filter, n int) ([]Entry, error) {
	order, before := "DESC", f.Before
	if f.Oldest {
		order = "ASC"
	}
	if before <= 0 {
		before = 1 << 62
	}
	query, args := `SELECT position, `+sealedColumns+` FROM journal WHERE position >= $1 AND position < $2`, []any{f.From, before}
	if f.Tenant != "" {
		query, args = query+` AND tenant = $3`, append(args, f.Tenant)
	}
	if len(f.Kinds) > 0 {
		query, args = query+` AND kind IN `+db.InTexts(j.DB, len(args)+1), append(args, db.List(j.DB, f.Kinds))
	}
	query += fmt.Sprintf(` ORDER BY position %s LIMIT %d`, order, n)
	rows, err := j.DB.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	defer rows.Close()
	var list []sealedRow
	var positions []int64
	for rows.Next() {
		var r sealedRow
		var position int64
		if err := rows.Scan(append([]any{&position}, r.fields()...)...); err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
		list, positions = append(list, r), append(positions, position)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	_ = rows.Close() // Opening an entry may read keys: not while this connection is held.
	entries := make([]Entry, len(list))
	for i := range list {
		if entries[i], err = j.open(ctx, &list[i], positions[i]); err != nil {
			return nil, err
		}
	}
	return entries, nil
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
	if err != nil {
		return e, fmt.Errorf("open event %d: %w", position, err)
	}
	var v envelope
	if err := json.Unmarshal(body, &v); err != nil {
		return e, fmt.Errorf("open event %d: %w", position, err)
	}
	e.Actor, e.Object, e.Related, e.Source = v.Actor, v.Object, v.Related, v.Source
	e.Description, e.Details = v.Description, v.Details
	return e, nil
}

// feed lets readers wait for newly sealed events.
type feed struct {
	mu sync.Mutex
	ch chan struct{}
}

// Sealed returns a channel that is closed when further events are sealed by
// this process.
func (j *Journal) Sealed() <-chan struct{} {
	j.feed.mu.Lock()
	defer j.feed.mu.Unlock()
	if j.feed.ch == nil {
		j.feed.ch = make(chan struct{})
	}
	return j.feed.ch
}

func (f *feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ch != nil {
		close(f.ch)
		f.ch = nil
	}
}

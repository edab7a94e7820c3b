package manage

import (
	"context"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// found is a page of the offset form.
type found struct {
	entries []journal.Entry
	total   int  // of events that match, as far as was counted
	cut     bool // a bound ended the search: there may be more than can be paged
}

// find reads a page by its number. What the database can answer is counted and
// passed by unopened; only the page's own events are opened, unless a term
// needs all of them.
func (s *Service) find(ctx context.Context, t *tenant.Tenant, q search, g paging) (found, error) {
	f := journal.Filter{Tenant: t.ID, Kinds: q.kinds(), Oldest: g.oldest, Limit: min(g.perPage, mostPaged-g.start())}
	if len(f.Kinds) == 0 { // No kind has all the types; a Filter without kinds would be all.
		return found{}, nil
	}
	if len(q.terms) > 0 {
		return s.search(ctx, f, q, g)
	}
	total := 0
	if g.totals || g.page > 0 {
		counted := f
		if counted.Limit = g.start() + 1; g.totals {
			counted.Limit = mostPaged
		}
		positions, err := s.Journal.Positions(ctx, counted)
		if err != nil {
			return found{}, err
		}
		if total = len(positions); g.start() >= total {
			return found{total: total}, nil
		}
		if first := positions[g.start()]; f.Oldest {
			f.From = first
		} else {
			f.Before = first + 1
		}
	}
	page, err := s.Journal.List(ctx, f)
	if err == nil && page.Full {
		err = tooMuch()
	}
	return found{page.Entries, total, page.Next >= 0 && len(page.Entries) < f.Limit}, err
}

// search opens events until it has the page or, for a total, meets the bound.
// Those before the page, and after it, are counted and not kept.
func (s *Service) search(ctx context.Context, f journal.Filter, q search, g paging) (found, error) {
	first, last, matched := g.start(), g.start()+f.Limit, 0
	f.Match = func(e *journal.Entry) bool {
		if matched == mostPaged || !q.match(e) {
			return false
		}
		matched++
		return matched > first && matched <= last
	}
	want := f.Limit
	if g.totals {
		f.Limit++ // never met: it goes on counting
	}
	page, err := s.Journal.List(ctx, f)
	if err == nil && page.Full {
		err = tooMuch()
	}
	return found{page.Entries, matched, page.Next >= 0 && (g.totals || len(page.Entries) < want)}, err
}

// tooMuch refuses a page whose bytes are too many: were it answered in part,
// the next page would begin behind what was left out.
func tooMuch() error {
	return fault.New(fault.TooLarge, "The events of this page are too large together: ask for fewer with per_page, or go on with from and take.").WithCode(codeQuery)
}

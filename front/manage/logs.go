package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// logsPage is the offset form with totals. The total counts no further than can
// be paged.
type logsPage struct {
	Start  int   `json:"start"`
	Limit  int   `json:"limit"`
	Length int   `json:"length"`
	Total  int   `json:"total"`
	Logs   []any `json:"logs"`
}

// listLogs answers GET /api/v2/logs.
func (s *Service) listLogs(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	g, err := readPaging(p)
	if err != nil {
		return err
	}
	if g.checkpoint {
		return s.listFrom(w, r, g)
	}
	terms, err := parseSearch(p.Get("q"))
	if err != nil {
		return err
	}
	t, start := tenant.From(r.Context()), g.page*g.perPage
	want := min(start+g.perPage, mostPaged)
	if g.totals {
		want = mostPaged
	}
	found, _, err := s.find(r.Context(), journal.Filter{Tenant: t.ID, Oldest: g.oldest, Limit: want, Match: terms.match})
	if err != nil {
		return err
	}
	shown, err := s.logsOf(t, found[min(start, len(found)):min(start+g.perPage, len(found))], g.fields)
	if err != nil {
		return err
	}
	if g.totals {
		return web.Write(w, http.StatusOK, logsPage{start, g.perPage, len(shown), len(found), shown})
	}
	return web.Write(w, http.StatusOK, shown)
}

// listFrom answers the checkpoint form: what came after an event, oldest first.
// The next page's address stands in the Link header (RFC 8288).
func (s *Service) listFrom(w http.ResponseWriter, r *http.Request, g paging) error {
	t := tenant.From(r.Context())
	found, more, err := s.find(r.Context(), journal.Filter{Tenant: t.ID, From: g.from + 1, Oldest: true, Limit: g.take, Match: search(nil).match})
	if err != nil {
		return err
	}
	shown, err := s.logsOf(t, found, g.fields)
	if err != nil {
		return err
	}
	if more && len(found) > 0 {
		q := url.Values{"from": {logID(&found[len(found)-1])}, "take": {strconv.Itoa(g.take)}}
		w.Header().Set("Link", "<"+t.URL("/api/v2/logs")+"?"+q.Encode()+`>; rel="next"`)
	}
	return web.Write(w, http.StatusOK, shown)
}

// mostLists bounds how far a search looks: each List opens 20,000 events at
// most.
const mostLists = 25

// find lists until the limit is met or there are no more.
func (s *Service) find(ctx context.Context, f journal.Filter) (found []journal.Entry, more bool, err error) {
	want := f.Limit
	for range mostLists {
		f.Limit = want - len(found)
		page, err := s.Journal.List(ctx, f)
		if err != nil {
			return nil, false, err
		}
		found = append(found, page.Entries...)
		if page.Next < 0 || (page.Next == 0 && !f.Oldest) {
			return found, false, nil
		}
		if len(found) >= want {
			return found, true, nil
		}
		if f.Oldest {
			f.From = page.Next
		} else {
			f.Before = page.Next
		}
	}
	return found, true, nil
}

// getLog answers GET /api/v2/logs/{id}.
func (s *Service) getLog(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	chosen, err := readFields(p)
	if err != nil {
		return err
	}
	position, at, ok := parseLogID(r.PathValue("id"))
	if !ok {
		return fault.New(fault.Invalid, "Path validation error: 'The value is not the id of a log event' on property id.").WithCode(codePath)
	}
	t := tenant.From(r.Context())
	e, err := s.Journal.At(r.Context(), t.ID, position)
	if fault.Is(err, fault.NotFound) || (err == nil && (!shown(&e) || !e.At.Truncate(time.Millisecond).Equal(at))) {
		return fault.New(fault.NotFound, "Log not found")
	}
	if err != nil {
		return err
	}
	body, err := pick(s.logOf(t, &e), chosen)
	if err != nil {
		return err
	}
	return web.Write(w, http.StatusOK, body)
}

func (s *Service) logsOf(t *tenant.Tenant, entries []journal.Entry, chosen fields) ([]any, error) {
	logs := make([]any, len(entries))
	for i := range entries {
		var err error
		if logs[i], err = pick(s.logOf(t, &entries[i]), chosen); err != nil {
			return nil, err
		}
	}
	return logs, nil
}

// pick keeps the members of v that were asked for.
func pick(v any, chosen fields) (any, error) {
	if chosen.named == nil {
		return v, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	for name := range members {
		if !chosen.keeps(name) {
			delete(members, name)
		}
	}
	return members, nil
}

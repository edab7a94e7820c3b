package manage

import (
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
	q, err := parseSearch(p.Get("q"))
	if err != nil {
		return err
	}
	t := tenant.From(r.Context())
	found, err := s.find(r.Context(), t, q, g)
	if err != nil {
		return err
	}
	if found.cut {
		w.Header().Set("Link", "<"+t.URL("/api/v2/logs")+`?take=100>; rel="alternate"`)
	}
	shown, err := s.logsOf(t, found.entries, g.fields)
	if err != nil {
		return err
	}
	if g.totals {
		return web.Write(w, http.StatusOK, logsPage{g.start(), g.perPage, len(shown), found.total, shown})
	}
	return web.Write(w, http.StatusOK, shown)
}

// listFrom answers the checkpoint form: what came after an event, oldest first.
// The next page's address stands in the Link header (RFC 8288).
func (s *Service) listFrom(w http.ResponseWriter, r *http.Request, g paging) error {
	t := tenant.From(r.Context())
	found, err := s.Journal.List(r.Context(), journal.Filter{Tenant: t.ID, Kinds: search{}.kinds(), From: g.from + 1, Oldest: true, Limit: g.take})
	if err != nil {
		return err
	}
	shown, err := s.logsOf(t, found.Entries, g.fields)
	if err != nil {
		return err
	}
	if found.Next >= 0 {
		last := journal.Entry{Position: found.Next - 1, At: g.fromTime}
		if n := len(found.Entries); n > 0 {
			last.At = found.Entries[n-1].At
		}
		q := url.Values{"from": {logID(&last)}, "take": {strconv.Itoa(g.take)}}
		w.Header().Set("Link", "<"+t.URL("/api/v2/logs")+"?"+q.Encode()+`>; rel="next"`)
	}
	return web.Write(w, http.StatusOK, shown)
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

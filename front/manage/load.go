package manage

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// mostReaders is how many lists of one client are at work at once: each may
// open thousands of events.
const mostReaders = 4

// readers counts the lists at work, by tenant and client.
type readers struct {
	mu     sync.Mutex
	atWork map[reader]int
}

type reader struct{ tenant, subject string }

// few lets a client through while fewer than four of its requests are at work.
func (rs *readers) few(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who := reader{tenant.From(r.Context()).ID, web.RecordOf(r).User}
		if !rs.enter(who) {
			return fault.New(fault.Limited, "Too many of your lists are at work at once. Please wait for one of them.").
				WithCode("too_many_requests").After(time.Second)
		}
		defer rs.leave(who)
		return next(w, r)
	}
}

func (rs *readers) enter(who reader) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.atWork[who] >= mostReaders {
		return false
	}
	if rs.atWork == nil {
		rs.atWork = map[reader]int{}
	}
	rs.atWork[who]++
	return true
}

func (rs *readers) leave(who reader) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.atWork[who]--; rs.atWork[who] == 0 {
		delete(rs.atWork, who)
	}
}

// count counts a request of a client and tells it how it stands.
func (s *Service) count(w http.ResponseWriter, t *tenant.Tenant, subject string) error {
	if s.Limits == nil {
		return nil
	}
	d := s.Limits.Limiter.Allow(limit.Name(t.ID+" "+subject), limit.API, s.Limits.Clock.Now())
	s.figures(w, d)
	return d.Err()
}

// tell gives whom no token names the figures of their address.
func (s *Service) tell(w http.ResponseWriter, r *http.Request) {
	if s.Limits != nil && w.Header().Get(rateLimit) == "" {
		s.figures(w, s.Limits.Limiter.Peek(limit.Address(web.ClientIP(r)), limit.API, s.Limits.Clock.Now()))
	}
}

// The headers that Auth0's clients look at.
const (
	rateLimit     = "X-Ratelimit-Limit"
	rateRemaining = "X-Ratelimit-Remaining"
	rateReset     = "X-Ratelimit-Reset" // Unix time, seconds
)

func (s *Service) figures(w http.ResponseWriter, d limit.Decision) {
	full := s.Limits.Clock.Now().Add(d.Reset + time.Second - 1)
	w.Header().Set(rateLimit, strconv.Itoa(d.Limit))
	w.Header().Set(rateRemaining, strconv.Itoa(d.Remaining))
	w.Header().Set(rateReset, strconv.FormatInt(full.Unix(), 10))
}

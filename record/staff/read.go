package staff

import (
	"context"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Reading is a look of one of the staff at data.
type Reading struct {
	Who        journal.Ref // from Person
	Permission Permission  // that let them
	Tenant     string      // whose data; "" for every tenant's
	What       string      // which page, which filter
}

// followed is how long one event covers a list that keeps itself fresh.
const followed = 15 * time.Minute

// Read records that somebody looks. It goes before the data is shown: what
// cannot be recorded is not shown.
func (s *Service) Read(ctx context.Context, r Reading) error {
	s.reading.forget(r) // The quarter of an hour begins anew.
	s.reading.covers(r, s.Clock.Now())
	return s.record(ctx, r)
}

// Follow records that somebody keeps looking at what refreshes itself: once in
// a quarter of an hour, counted from Read.
func (s *Service) Follow(ctx context.Context, r Reading) error {
	if s.reading.covers(r, s.Clock.Now()) {
		return nil
	}
	return s.record(ctx, r)
}

func (s *Service) record(ctx context.Context, r Reading) error {
	object := journal.Ref{Type: "tenant", ID: r.Tenant}
	if r.Tenant == "" {
		object = journal.Ref{Type: "tenant", ID: "all", Name: "every tenant"}
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Journal.Record(ctx, tx, journal.Event{Kind: WasRead, Tenant: s.Tenant, Actor: r.Who,
			Object: object, Description: "Looked at: " + r.What + ".",
			Details: map[string]any{"permission": string(r.Permission), "what": r.What}})
	})
	if err != nil {
		s.reading.forget(r)
	}
	return err
}

// Deny records that somebody wanted what they may not have.
func (s *Service) Deny(ctx context.Context, who journal.Ref, p Permission, what string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Denied, Tenant: s.Tenant, Actor: who,
			Description: "The permission " + string(p) + " is missing.",
			Details:     map[string]any{"permission": string(p), "what": what}})
	})
}

// readings remembers what has been recorded lately. It is a convenience of one
// process: forgetting only means one event more.
type readings struct {
	mu   sync.Mutex
	last map[Reading]time.Time
}

const mostReadings = 10_000

// covers reports whether an event already covers the reading at that moment. If
// not, one is expected now.
func (l *readings) covers(r Reading, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.last[r]; ok && now.Sub(at) < followed {
		return true
	}
	if l.last == nil || len(l.last) >= mostReadings {
		l.last = map[Reading]time.Time{}
	}
	l.last[r] = now
	return false
}

func (l *readings) forget(r Reading) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.last, r)
}

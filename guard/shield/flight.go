package shield

import (
	"context"
	"fmt"
	"time"
)

// target is what attempts under way are counted for: an account from one
// place, or from everywhere.
type target struct {
	tenant  string
	account Account
	place   string
}

// everywhere is the place of an account's own counter.
const everywhere = ""

// flight is the attempts under way for a target.
type flight struct {
	aboard  int
	waiting int
	landed  chan struct{} // closed when one has come to an end
}

// seat is how many attempts were under way when this one was counted, itself
// included.
type seat struct{ ofAddress, ofAccount int }

// mostWaiting bounds who waits for one account.
const mostWaiting = 64

// board counts an attempt as under way. landed is closed when one that was
// under way for the account has ended, be it before anyone waits for it.
func (s *Shield) board(a *Attempt) (seat, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, account := s.flight(a, a.place()), s.flight(a, everywhere)
	address.aboard++
	account.aboard++
	return seat{address.aboard, account.aboard}, account.landed
}

// leave is the inverse of board. It tells those who wait, unless the attempt is
// about to wait itself and others are under way who will tell. The last one to
// leave always does: two that saw only each other would wait for ever.
func (s *Shield) leave(a *Attempt, tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.flight(a, everywhere)
	account.aboard--
	if tell || account.aboard == 0 {
		close(account.landed)
		account.landed = make(chan struct{})
	}
	s.flight(a, a.place()).aboard--
	s.clear(a)
}

// await waits until an attempt for the account has ended.
func (s *Shield) await(ctx context.Context, a *Attempt, landed <-chan struct{}) error {
	if !s.queue(a, 1) {
		return refused(time.Second)
	}
	defer s.queue(a, -1)
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sign-in not tried: %w", ctx.Err())
	}
}

// queue counts who waits for the account, and refuses one too many.
func (s *Shield) queue(a *Attempt, change int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flight(a, everywhere)
	f.waiting += change
	if f.waiting > mostWaiting {
		f.waiting -= change
		return false
	}
	s.clear(a)
	return true
}

func (s *Shield) flight(a *Attempt, place string) *flight {
	key := target{a.Tenant, a.Account, place}
	f := s.flights[key]
	if f == nil {
		if s.flights == nil {
			s.flights = map[target]*flight{}
		}
		f = &flight{landed: make(chan struct{})}
		s.flights[key] = f
	}
	return f
}

// clear forgets the flights that nobody needs.
func (s *Shield) clear(a *Attempt) {
	for _, place := range []string{a.place(), everywhere} {
		key := target{a.Tenant, a.Account, place}
		if f := s.flights[key]; f != nil && f.aboard == 0 && f.waiting == 0 {
			delete(s.flights, key)
		}
	}
}

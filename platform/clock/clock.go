// Package clock owns the present moment. It is the only place that asks the
// machine for the time, so that every rule about time is tested by moving a
// Fake and none by waiting.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and wakes its callers.
type Clock interface {
	// Now is the present moment in UTC.
	Now() time.Time
	// After delivers the moment once, d from now. A d of zero or less is due at once.
	After(d time.Duration) <-chan time.Time
}

// System is the machine's own clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time                         { return time.Now().UTC() }
func (system) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Fake is a clock that stands still until it is moved. It is safe for
// concurrent use.
type Fake struct {
	mu     sync.Mutex
	now    time.Time
	timers []timer
}

type timer struct {
	at time.Time
	ch chan time.Time
}

// NewFake returns a clock that stands at start.
func NewFake(start time.Time) *Fake { return &Fake{now: start.UTC()} }

// Now is the moment that the clock stands at.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// After delivers the moment when the clock has been moved by d or more.
func (f *Fake) After(d time.Duration) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- f.now
		return ch
	}
	f.timers = append(f.timers, timer{f.now.Add(d), ch})
	return ch
}

// Forward moves the clock by d and fires every timer that has become due.
func (f *Fake) Forward(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	waiting := f.timers[:0]
	for _, t := range f.timers {
		if t.at.After(f.now) {
			waiting = append(waiting, t)
			continue
		}
		t.ch <- f.now
	}
	f.timers = waiting
}

package credential

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// TestQueueIsSharedByOrigin plays who comes, by the letter of their origin, to
// a queue of six places, and says who is turned away and who is served when.
func TestQueueIsSharedByOrigin(t *testing.T) {
	for _, tt := range []struct {
		name    string
		come    string
		dropped string // in the order of being turned away
		served  string
	}{
		{"one origin alone has all the room", "aaaaaa", "", "aaaaaa"},
		{"and no more", "aaaaaaa", "a", "aaaaaa"},
		{"two origins are served in turn", "aaaabb", "", "ababaa"},
		{"who comes to a full queue takes the place of whoever has most", "aaaaaab", "a", "abaaaa"},
		{"until they have as many", "aaaaaabbbb", "aaab", "ababab"},
		{"the one that has most may not come back", "aaaaaaba", "aa", "abaaaa"},
		{"among origins that have one each, the first to come stay", "abcdefg", "g", "abcdef"},
		{"a crowd of origins leaves each one place", "aaaaaabcdefg", "aaaaag", "abcdef"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := newQueue(6)
			var dropped, served strings.Builder
			for _, origin := range tt.come {
				if j := q.join(&job{origin: string(origin)}); j != nil {
					dropped.WriteString(j.origin)
				}
			}
			for q.length() > 0 {
				served.WriteString(q.next().origin)
			}
			if dropped.String() != tt.dropped || served.String() != tt.served {
				t.Errorf("turned away %s, served %s", dropped.String(), served.String())
			}
			if len(q.lines) != 0 || len(q.turns) != 0 {
				t.Errorf("the empty queue keeps %d lines and %d turns", len(q.lines), len(q.turns))
			}
		})
	}
}

func TestWhoIsTurnedAwayIsTheLastOfTheirLine(t *testing.T) {
	q := newQueue(2)
	first, last, other := &job{origin: "a"}, &job{origin: "a"}, &job{origin: "b"}
	q.join(first)
	q.join(last)
	if q.join(other) != last || q.next() != first || q.next() != other {
		t.Error("not the last of the line was turned away")
	}
}

func TestWhoLeavesMakesRoom(t *testing.T) {
	q := newQueue(2)
	gone, stays, comes := &job{origin: "a"}, &job{origin: "b"}, &job{origin: "c"}
	q.join(gone)
	q.join(stays)
	q.leave(gone)
	q.leave(gone)
	if q.join(comes) != nil || q.next() != stays || q.next() != comes || q.length() != 0 {
		t.Error("who left still has a place")
	}
}

// TestOneAddressCannotStopEverybodysSignIn is the attack: one address keeps the
// queue full, and somebody else signs in.
func TestOneAddressCannotStopEverybodysSignIn(t *testing.T) {
	h := start(t, Config{Threads: 1, Waiting: 8})
	attacker := WithOrigin(context.Background(), "192.0.2.66")
	release, begun := make(chan struct{}), make(chan struct{})
	var storm sync.WaitGroup
	storm.Go(func() { _ = h.run(attacker, func() { close(begun); <-release }) })
	<-begun
	var mu sync.Mutex
	var order []string
	note := func(who string) func() {
		return func() { mu.Lock(); defer mu.Unlock(); order = append(order, who) }
	}
	turned := make(chan error, 8)
	for range 8 {
		storm.Go(func() {
			if err := h.run(attacker, note("attacker")); err != nil {
				turned <- err
			}
		})
	}
	waits(h, 8)
	if err := h.run(attacker, note("attacker")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the attacker's ninth: %v", err)
	}
	storm.Go(func() {
		if err := h.run(WithOrigin(context.Background(), "198.51.100.1"), note("anne")); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
	if err := <-turned; !fault.Is(err, fault.Unavailable) || fault.From(err).RetryAfter == 0 {
		t.Errorf("whoever gave up their place was told %v", err)
	}
	close(release)
	storm.Wait()
	if len(order) != 8 || order[0] != "anne" && order[1] != "anne" {
		t.Errorf("served %v", order)
	}
	if n := h.refused.Load(); n != 2 {
		t.Errorf("%d were refused", n)
	}
}

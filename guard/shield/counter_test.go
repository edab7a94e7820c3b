package shield

import (
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWaitGrows(t *testing.T) {
	s := Defaults()
	for _, tt := range []struct {
		name     string
		failures int
		after    time.Duration // since the last failure
		want     time.Duration
	}{
		{"99 failures make nobody wait", 99, 0, 0},
		{"the hundredth makes the next wait a second", 100, 0, time.Second},
		{"what has passed is taken off", 100, 400 * time.Millisecond, 600 * time.Millisecond},
		{"who has waited need not wait", 100, time.Second, 0},
		{"each further failure doubles the wait", 105, 0, 32 * time.Second},
		{"no wait is longer than five minutes", 109, 0, 5 * time.Minute},
		{"however many failures there were", 1_000_000, 0, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := counter{failures: tt.failures, first: start, last: start}
			if got := c.wait(start.Add(tt.after), s); got != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
		})
	}
}

func TestAddressCounter(t *testing.T) {
	s := Defaults()
	for _, tt := range []struct {
		name     string
		at       []time.Duration // when each failure comes
		later    time.Duration   // since the last of them
		failures int
		blocked  bool
	}{
		{"nine failures do not block", make([]time.Duration, 9), 0, 9, false},
		{"the tenth blocks", make([]time.Duration, 10), 0, 10, true},
		{"a block stands until its last moment", make([]time.Duration, 10), 24*time.Hour - 1, 10, true},
		{"a block that is over leaves nothing", make([]time.Duration, 10), 24 * time.Hour, 0, false},
		{"failures of yesterday are forgotten", make([]time.Duration, 9), 24 * time.Hour, 0, false},
		{"slow guesses add up", []time.Duration{0, 23 * time.Hour, 46 * time.Hour}, 0, 3, false},
		{"very slow guesses do not", []time.Duration{0, 24 * time.Hour, 48 * time.Hour}, 0, 1, false},
		{"failures beyond the block do not prolong it", []time.Duration{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23 * time.Hour}, time.Hour, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c counter
			blocks, now := 0, start
			for _, at := range tt.at {
				var blocked bool
				now = start.Add(at)
				if c, blocked = c.failedFrom(now, s); blocked {
					blocks++
				}
			}
			now = now.Add(tt.later)
			if got := c.ofAddress(now); got.failures != tt.failures || got.blocked(now) != tt.blocked {
				t.Errorf("%d failures, blocked %v", got.failures, got.blocked(now))
			}
			if want := len(tt.at) / 10; blocks != want {
				t.Errorf("blocked %d times", blocks)
			}
		})
	}
}

func TestAccountWindow(t *testing.T) {
	c := counter{failures: 100, first: start, last: start.Add(59 * time.Minute)}
	if got := c.ofAccount(start.Add(time.Hour-1), Defaults()); got.failures != 100 {
		t.Errorf("within the hour: %d failures", got.failures)
	}
	if got := c.ofAccount(start.Add(time.Hour), Defaults()); got.failures != 0 {
		t.Errorf("after the hour: %d failures", got.failures)
	}
}

func TestSettingsCheck(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*Settings)
		allowed bool
	}{
		{"the defaults are allowed", func(*Settings) {}, true},
		{"no limit is refused", func(s *Settings) { s.AddressFailures = 0 }, false},
		{"a limit that protects nobody is refused", func(s *Settings) { s.AddressFailures = 101 }, false},
		{"a block of no time is refused", func(s *Settings) { s.BlockFor = 0 }, false},
		{"an account's limit under an address's is refused", func(s *Settings) { s.AccountFailures = 9 }, false},
		{"a window beyond the memory is refused", func(s *Settings) { s.AccountWindow = 25 * time.Hour }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Defaults()
			tt.change(&s)
			if err := s.Check(); (err == nil) != tt.allowed {
				t.Errorf("error %v", err)
			}
		})
	}
}

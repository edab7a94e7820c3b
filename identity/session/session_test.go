package session

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

func TestState(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		after time.Duration
		ended bool
		want  State
	}{
		{"a new session is open", 0, false, Open},
		{"it is open until just before the idle limit", 72*time.Hour - 1, false, Open},
		{"it is idle at the limit", 72 * time.Hour, false, Idle},
		{"it is too old at the end", 168 * time.Hour, false, Expired},
		{"an ended session is ended", 0, true, Ended},
		{"an ended session stays ended", 200 * time.Hour, true, Ended},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &Session{IdleUntil: start.Add(72 * time.Hour), Expires: start.Add(168 * time.Hour)}
			if tt.ended {
				s.Ended = start
			}
			if got := s.State(start.Add(tt.after)); got != tt.want {
				t.Errorf("state %d, not %d", got, tt.want)
			}
		})
	}
}

func TestIdleUntilNeverLiesBeyondTheEnd(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l, end := Lifetimes{Idle: 72 * time.Hour, Absolute: 168 * time.Hour}, start.Add(168*time.Hour)
	if got := idleUntil(start, l, end); !got.Equal(start.Add(l.Idle)) {
		t.Errorf("at first until %s", got)
	}
	if got := idleUntil(end.Add(-time.Hour), l, end); !got.Equal(end) {
		t.Errorf("an hour before the end until %s", got)
	}
}

func TestLifetimesCheck(t *testing.T) {
	for _, tt := range []struct {
		name           string
		idle, absolute time.Duration
		allowed        bool
	}{
		{"the defaults are allowed", 72 * time.Hour, 168 * time.Hour, true},
		{"both may be the same", time.Hour, time.Hour, true},
		{"an idle limit beyond the end is refused", 2 * time.Hour, time.Hour, false},
		{"under a minute is refused", 59 * time.Second, time.Hour, false},
		{"over a year is refused", time.Hour, 366 * 24 * time.Hour, false},
		{"none is refused", 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := (Lifetimes{tt.idle, tt.absolute}).Check(); (err == nil) != tt.allowed {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTokensFromOutside(t *testing.T) {
	token, _ := newToken()
	if _, ok := sumOf(token); !ok || len(token) != 43 {
		t.Errorf("our own token %q is refused", token)
	}
	long := base64.RawURLEncoding.EncodeToString(make([]byte, 33))
	for _, bad := range []string{"", "x", token + "=", token[:42], long, strings.Repeat("A", 1<<20), token[:42] + "/", token[:42] + "\n"} {
		if _, ok := sumOf(bad); ok {
			t.Errorf("%.50q is taken for a token", bad)
		}
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		"Mozilla/5.0":                         "Mozilla/5.0",
		"bad\xffbyte":                         "badbyte",
		strings.Repeat("a", 511) + "\u00e9xx": strings.Repeat("a", 511),
	} {
		if got := shorten(in); got != want {
			t.Errorf("%.40q becomes %.40q", in, got)
		}
	}
}

package credential

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	const rest = "$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
	for _, tt := range []struct {
		name    string
		encoded string
		cost    int // 0: refused
	}{
		{"version 2a is read", "$2a$10" + rest, 10},
		{"version 2b is read", "$2b$12" + rest, 12},
		{"version 2y is read", "$2y$04" + rest, 4},
		{"the faulty version 2x is refused", "$2x$10" + rest, 0},
		{"a cost that would occupy the server for days is refused", "$2a$31" + rest, 0},
		{"a cost that bcrypt does not have is refused", "$2a$03" + rest, 0},
		{"a cost that is no number is refused", "$2a$+9" + rest, 0},
		{"another algorithm is refused", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA", 0},
		{"a clear text is refused", "password", 0},
		{"a truncated hash is refused", ("$2a$10" + rest)[:59], 0},
		{"foreign letters are refused", "$2a$10" + strings.Replace(rest, "Z", "!", 1), 0},
		{"nothing is refused", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := Parse(tt.encoded)
			if (err == nil) != (tt.cost != 0) || h.Cost != tt.cost {
				t.Errorf("cost %d, error %v", h.Cost, err)
			}
		})
	}
}

func TestCostFor(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sample time.Duration // what cost 8 takes
		want   int
	}{
		{"76 ms at cost 10 is near enough", 19 * time.Millisecond, 10},
		{"a slow machine keeps to the lower bound", 90 * time.Millisecond, 10},
		{"a fast machine goes up", 7 * time.Millisecond, 12},
		{"a very fast machine keeps to the upper bound", 100 * time.Microsecond, 14},
		{"a clock that stands still has measured nothing", 0, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := costFor(tt.sample); got != tt.want {
				t.Errorf("cost %d, not %d", got, tt.want)
			}
		})
	}
}

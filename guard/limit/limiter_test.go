package limit

import (
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func limiter(t testing.TB, c Config) *Limiter {
	t.Helper()
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// seconds makes the moments of attempts.
func seconds(list ...float64) []time.Duration {
	var out []time.Duration
	for _, s := range list {
		out = append(out, time.Duration(s*float64(time.Second)))
	}
	return out
}

func TestAllow(t *testing.T) {
	// Three at once, and one comes back every 20 seconds.
	l := Config{Rates: map[Class]Rate{Login: {PerSecond: 0.05, Burst: 3}}}
	for _, tt := range []struct {
		name string
		at   []time.Duration // when each attempt comes
		want string          // y = let through, n = turned away
	}{
		{"a burst is let through", seconds(0, 0, 0), "yyy"},
		{"one past the burst is turned away", seconds(0, 0, 0, 0), "yyyn"},
		{"one comes back after a third", seconds(0, 0, 0, 19.9, 20, 20), "yyynyn"},
		{"being turned away costs nothing", seconds(0, 0, 0, 1, 2, 3, 20), "yyynnny"},
		{"an idle bucket never overfills", seconds(0, 600, 600, 600, 600), "yyyyn"},
		{"a steady pace is let through for ever", seconds(0, 20, 40, 60, 80, 100, 120), "yyyyyyy"},
		{"a clock that is set back locks nobody out for longer than the window", seconds(0, 0, 0, -3600, -3580), "yyyny"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, got := limiter(t, l), ""
			for _, at := range tt.at {
				if l.Allow(Name("anne"), Login, start.Add(at)).Allowed {
					got += "y"
				} else {
					got += "n"
				}
			}
			if got != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
		})
	}
}

func TestDecision(t *testing.T) {
	l := limiter(t, Config{Rates: map[Class]Rate{Login: {PerSecond: 0.5, Burst: 2}}})
	key := Name("anne")
	for _, tt := range []struct {
		name  string
		at    time.Duration
		spend bool
		want  Decision
	}{
		{"a look at a full bucket spends nothing", 0, false, Decision{true, 2, 2, 0, 0}},
		{"the first leaves one", 0, true, Decision{true, 2, 1, 2 * time.Second, 0}},
		{"the second leaves none", time.Second, true, Decision{true, 2, 0, 3 * time.Second, 0}},
		{"the third is told when to come back", time.Second, true, Decision{false, 2, 0, 3 * time.Second, time.Second}},
		{"and a look says the same", time.Second, false, Decision{false, 2, 0, 3 * time.Second, time.Second}},
		{"it was told the truth", 2 * time.Second, true, Decision{true, 2, 0, 4 * time.Second, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask := l.Peek
			if tt.spend {
				ask = l.Allow
			}
			if got := ask(key, Login, start.Add(tt.at)); got != tt.want {
				t.Errorf("%+v, not %+v", got, tt.want)
			}
		})
	}
	if d := l.Allow(key, "nonsense", start); d.Allowed || d.Err() == nil {
		t.Errorf("a class that does not exist allows: %+v", d)
	}
	err := fault.From(l.Allow(key, Login, start.Add(2*time.Second)).Err())
	if err.Kind != fault.Limited || err.RetryAfter != 2*time.Second {
		t.Errorf("the error is %+v", err)
	}
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b Key
		same bool
	}{
		{"two IPv4 addresses are two", address("192.0.2.1"), address("192.0.2.2"), false},
		{"a mapped IPv4 address is the address", address("192.0.2.1"), address("::ffff:192.0.2.1"), true},
		{"two IPv6 addresses of one /64 are one", address("2001:db8::1"), address("2001:db8::ffff:1:2:3"), true},
		{"of two /64 they are two", address("2001:db8::1"), address("2001:db8:0:1::1"), false},
		{"a name is not an address", Name("192.0.2.1"), address("192.0.2.1"), false},
		{"a pair is neither", Pair(netip.MustParseAddr("192.0.2.1"), "a"), Name("a"), false},
		{"long names are told apart", Name(strings.Repeat("a", 500)), Name(strings.Repeat("a", 501)), false},
		{"a peer without address has a bucket too", Address(netip.Addr{}), Address(netip.Addr{}), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if (tt.a == tt.b) != tt.same {
				t.Errorf("%x and %x", tt.a, tt.b)
			}
		})
	}
}

func address(s string) Key { return Address(netip.MustParseAddr(s)) }

func TestBlock(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
	} {
		if got := Block(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("%s is counted as %s, not %s", in, got, want)
		}
	}
	if got := Block(netip.Addr{}); got.IsValid() {
		t.Errorf("no address is counted as %s", got)
	}
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		name    string
		c       Config
		burst   int // of login
		allowed bool
	}{
		{"nothing said is the table", Config{}, 300, true},
		{"the multiplier changes every limit", Config{Multiplier: 2}, 600, true},
		{"a limit of its own is not multiplied", Config{Multiplier: 2, Rates: map[Class]Rate{Login: {1, 5}}}, 5, true},
		{"a small multiplier leaves at least one", Config{Multiplier: 0.0001}, 1, true},
		{"and so does a tiny one", Config{Multiplier: 1e-12}, 1, true},
		{"a class that does not exist is refused", Config{Rates: map[Class]Rate{"logim": {1, 1}}}, 0, false},
		{"no rate is refused", Config{Rates: map[Class]Rate{Login: {0, 1}}}, 0, false},
		{"no burst is refused", Config{Rates: map[Class]Rate{Login: {1, 0}}}, 0, false},
		{"a bucket that takes days to fill is refused", Config{Rates: map[Class]Rate{Login: {1, 1_000_000}}}, 0, false},
		{"a negative multiplier is refused", Config{Multiplier: -1}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := New(tt.c)
			if (err == nil) != tt.allowed {
				t.Fatalf("error %v", err)
			}
			if err == nil && l.rules[Login].burst != tt.burst {
				t.Errorf("a burst of %d", l.rules[Login].burst)
			}
		})
	}
}

func TestManyAtOnceGetNoMoreThanTheBurst(t *testing.T) {
	l := limiter(t, Config{Rates: map[Class]Rate{Login: {PerSecond: 0.001, Burst: 10}}})
	var all sync.WaitGroup
	var allowed atomic.Int64
	for range 64 {
		all.Go(func() {
			if l.Allow(Name("anne"), Login, start).Allowed {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	if allowed.Load() != 10 {
		t.Errorf("%d were let through", allowed.Load())
	}
}

func TestAFloodOfAddresses(t *testing.T) {
	l := limiter(t, Config{})
	attacker := Name("attacker")
	for l.Allow(attacker, Login, start).Allowed { // Uses up what there is.
	}
	var b [16]byte
	for i := range 3 * mostBuckets {
		b[0], b[1], b[2], b[3] = 0x20, byte(i), byte(i>>8), byte(i>>16)
		l.Allow(Address(netip.AddrFrom16(b)), Login, start)
	}
	kept := 0
	for i := range l.shards {
		kept += len(l.shards[i].full)
	}
	if kept > mostBuckets {
		t.Errorf("%d buckets are kept", kept)
	}
	if l.Allow(attacker, Login, start).Allowed {
		t.Error("the flood made the limiter forget who had used up their allowance")
	}
}

func BenchmarkAllow(b *testing.B) {
	l := limiter(b, Config{})
	ip := netip.MustParseAddr("192.0.2.1")
	b.Run("address", func(b *testing.B) {
		b.ReportAllocs()
		now := start
		for b.Loop() {
			now = now.Add(time.Millisecond)
			l.Allow(Address(ip), Token, now)
		}
	})
	b.Run("address and client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Peek(Pair(ip, "fJ2kd83hKD82hdk38Dkd93jdKDj38dkK"), TokenFailure, start)
		}
	})
	b.Run("parallel, many addresses", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				l.Allow(Address(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})), Token, start)
			}
		})
	})
	b.Run("flood of new names", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			l.Allow(Name(strconv.Itoa(i)), Login, start)
		}
	})
}

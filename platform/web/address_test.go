package web

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
)

func TestOrigin(t *testing.T) {
	m := NewMux(Options{Clock: clock.System(), TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"),
	}})
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"without a proxy it is the peer", "192.0.2.1:99", nil, "192.0.2.1"},
		{"a stranger's header is not read", "192.0.2.1:99", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a trusted proxy's header is", "10.0.0.1:99", []string{"198.51.100.7"}, "198.51.100.7"},
		{"what the client wrote stands left and is not believed", "10.0.0.1:99", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"trusted hops are walked past", "10.0.0.1:99", []string{"1.1.1.1, 198.51.100.7, 10.0.0.3,10.0.0.2"}, "198.51.100.7"},
		{"several header lines are one list", "10.0.0.1:99", []string{"1.1.1.1", "198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"a header of proxies only gives the farthest", "10.0.0.1:99", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"an empty header gives the proxy", "10.0.0.1:99", []string{""}, "10.0.0.1"},
		{"a word ends the walk where it was reported", "10.0.0.1:99", []string{"198.51.100.7, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"a port is cut", "10.0.0.1:99", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"an IPv6 address in brackets is read", "10.0.0.1:99", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"an IPv6 address without brackets is read", "[fd00::1]:99", []string{"2001:db8::1"}, "2001:db8::1"},
		{"an IPv4-mapped peer is IPv4", "[::ffff:10.0.0.1]:99", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"an endless chain is not followed", "10.0.0.1:99", []string{"1.1.1.1" + strings.Repeat(",10.0.0.2", 1000)}, "10.0.0.2"},
		{"a Unix socket has no address", "@", nil, "invalid IP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			if got, _ := m.origin(r); got.String() != tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func FuzzForwardedFor(f *testing.F) {
	for _, seed := range []string{"", ",", "198.51.100.7", "1.1.1.1, 10.0.0.2", "[2001:db8::1]:80", "fe80::1%eth0", "unknown", ",,10.0.0.1,,"} {
		f.Add(seed, "10.0.0.9")
	}
	proxies := netip.MustParsePrefix("10.0.0.0/8")
	nearest := netip.MustParseAddr("10.0.0.1")
	f.Fuzz(func(t *testing.T, left, right string) {
		trusted := proxies.Contains
		got := forwardedFor(nearest, []string{left, right}, trusted)
		if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q, %q gave %v", left, right, got)
		}
		// Whatever a client writes before an untrusted address changes nothing.
		if fixed := forwardedFor(nearest, []string{left, right, "198.51.100.7"}, trusted); fixed.String() != "198.51.100.7" {
			t.Errorf("%q, %q moved the client to %v", left, right, fixed)
		}
	})
}

package outbound

import (
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	for _, tt := range []struct {
		name    string
		address string
		want    bool
	}{
		{"an ordinary IPv4 address is public", "93.184.216.34", true},
		{"an ordinary IPv6 address is public", "2606:2800:220:1::1", true},
		{"loopback is not", "127.0.0.1", false},
		{"any address of the loopback block is not", "127.8.9.10", false},
		{"IPv6 loopback is not", "::1", false},
		{"the unspecified address, which Linux connects to loopback, is not", "0.0.0.0", false},
		{"nor is the rest of its block", "0.1.2.3", false},
		{"nor its IPv6 form", "::", false},
		{"private networks are not: 10/8", "10.0.0.1", false},
		{"private networks are not: 172.16/12", "172.31.255.255", false},
		{"private networks are not: 192.168/16", "192.168.1.1", false},
		{"what stands beside a private network is public", "172.32.0.1", true},
		{"unique local IPv6 is not", "fd12:3456::1", false},
		{"the metadata service of clouds is not", "169.254.169.254", false},
		{"nor its IPv6 address at one of them", "fd00:ec2::254", false},
		{"IPv6 link-local is not", "fe80::1", false},
		{"an address with a zone is not", "fe80::1%eth0", false},
		{"carrier-grade NAT is not", "100.64.0.1", false},
		{"multicast is not", "224.0.0.1", false},
		{"the broadcast address is not", "255.255.255.255", false},
		{"documentation blocks are not", "203.0.113.7", false},
		{"loopback as an IPv4-mapped address is not", "::ffff:127.0.0.1", false},
		{"a private address as an IPv4-mapped address is not", "::ffff:10.0.0.1", false},
		{"a public address as an IPv4-mapped address is public", "::ffff:93.184.216.34", true},
		{"loopback as an IPv4-compatible address is not", "::127.0.0.1", false},
		{"loopback behind NAT64 is not", "64:ff9b::7f00:1", false},
		{"metadata behind NAT64 is not", "64:ff9b::a9fe:a9fe", false},
		{"a public address behind NAT64 is public", "64:ff9b::5db8:d822", true},
		{"the local-use NAT64 block is not", "64:ff9b:1::a00:1", false},
		{"6to4, which may embed a private address, is not", "2002:a00:1::", false},
		{"Teredo is not", "2001:0:1234::1", false},
		{"the discard block is not", "100::1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := public(netip.MustParseAddr(tt.address)); got != tt.want {
				t.Errorf("public(%s) = %t", tt.address, got)
			}
		})
	}
}

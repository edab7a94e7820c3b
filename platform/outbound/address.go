package outbound

import "net/netip"

// special are the blocks of the IANA special-purpose registries (RFC 6890) that
// no party on the internet answers from and that netip has no word for.
var special = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"100.64.0.0/10",   // carrier-grade NAT, RFC 6598
	"192.0.0.0/24",    // protocol assignments, RFC 6890
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.88.99.0/24",  // 6to4 relays, RFC 7526
	"198.18.0.0/15",   // benchmarks, RFC 2544
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"240.0.0.0/4",     // reserved, and the limited broadcast
	"2001::/23",       // protocol assignments, with Teredo: RFC 2928, RFC 4380
	"2001:db8::/32",   // documentation, RFC 3849
	"2002::/16",       // 6to4, which embeds any IPv4 address: RFC 3056
	"3fff::/20",       // documentation, RFC 9637
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")     // all that IANA has given out
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // IPv4 behind a translator, RFC 6052
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// public reports whether the address belongs to the internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" {
		return false
	}
	if nat64.Contains(a) {
		b := a.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !globalIPv6.Contains(a) {
		return false
	}
	for _, block := range special {
		if block.Contains(a) {
			return false
		}
	}
	return true
}

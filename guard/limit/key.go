package limit

import (
	"crypto/sha256"
	"net/netip"
)

// Key is whose bucket it is.
type Key struct {
	address [16]byte
	name    [16]byte
}

// Address is the key of an address. IPv6 is counted by /64: that much belongs
// to one customer of a provider (RFC 6177 §2), who could otherwise come from a
// new address each time.
func Address(a netip.Addr) Key { return Key{address: block(a)} }

// Name is the key of a client, a session or anything else with a name.
func Name(name string) Key { return Key{name: digest(name)} }

// Pair is the key of an address together with a name.
func Pair(a netip.Addr, name string) Key { return Key{block(a), digest(name)} }

// Block is what an address is counted by, as an address: IPv6 without its last
// 64 bits, IPv4 as it is, mapped into IPv6 or not.
func Block(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is6() {
		b := block(a)
		return netip.AddrFrom16(b)
	}
	return a
}

func block(a netip.Addr) [16]byte {
	b := a.As16() // IPv4 is mapped into ::ffff:0:0/96.
	if a.Is6() && !a.Is4In6() {
		clear(b[8:])
	}
	return b
}

// digest is short enough to keep and too long for anyone to find a second name
// with. Names come from outside, so nothing simpler would do.
func digest(name string) (d [16]byte) {
	var buffer [128]byte
	sum := sha256.Sum256(append(buffer[:0], name...))
	copy(d[:], sum[:])
	return d
}

package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how far a chain of proxies is followed.
const maxHops = 32

// ClientIP is the address of the client: the peer's, or what the trusted
// proxies say. IPv4-mapped addresses are given as IPv4. It is the zero Addr
// when the peer has none (a Unix socket).
func ClientIP(r *http.Request) netip.Addr {
	if record, ok := r.Context().Value(recordKey{}).(*Record); ok {
		return record.IP
	}
	return peer(r.RemoteAddr)
}

// origin says who the client is and whether it speaks HTTPS.
func (m *Mux) origin(r *http.Request) (client netip.Addr, secure bool) {
	client, secure = peer(r.RemoteAddr), r.TLS != nil
	if len(m.proxies) == 0 || !m.trusted(client) {
		return client, secure
	}
	if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) > 0 {
		last := proto[len(proto)-1]
		secure = strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "https")
	}
	return forwardedFor(client, r.Header.Values("X-Forwarded-For"), m.trusted), secure
}

func (m *Mux) trusted(a netip.Addr) bool {
	for _, prefix := range m.proxies {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedFor walks the chain from the nearest hop outwards and stops at the
// first address that is not a trusted proxy: whatever stands left of it was
// written by the client. A hop that is not an address ends the walk at the
// proxy that reported it.
func forwardedFor(nearest netip.Addr, headers []string, trusted func(netip.Addr) bool) netip.Addr {
	hops := 0
	for i := len(headers) - 1; i >= 0; i-- {
		rest := headers[i]
		for more := true; more; hops++ {
			var hop string
			if cut := strings.LastIndexByte(rest, ','); cut >= 0 {
				rest, hop = rest[:cut], rest[cut+1:]
			} else {
				hop, more = rest, false
			}
			address, ok := parseHop(strings.TrimSpace(hop))
			if !ok || hops == maxHops {
				return nearest
			}
			if nearest = address; !trusted(address) {
				return nearest
			}
		}
	}
	return nearest
}

// parseHop reads the forms that proxies write: an address, one with a port, a
// bracketed IPv6 address with or without one.
func parseHop(s string) (netip.Addr, bool) {
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return address.Unmap().WithZone(""), true
	}
	if pair, err := netip.ParseAddrPort(s); err == nil {
		return pair.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func peer(remote string) netip.Addr {
	pair, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return pair.Addr().Unmap().WithZone("")
}

package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// allowance is what the operator exempts from the address rule.
type allowance struct {
	names    map[string]bool // "host" or "host:port"
	networks []netip.Prefix
}

func readAllowance(entries []string) (allowance, error) {
	a := allowance{names: make(map[string]bool)}
	for _, entry := range entries {
		switch network, err := netip.ParsePrefix(entry); {
		case err == nil:
			a.networks = append(a.networks, network.Masked())
		case strings.ContainsAny(entry, "/@ *") || entry == "":
			return allowance{}, fmt.Errorf("outbound: allow %q: want a host, host:port or network in CIDR form", entry)
		default:
			host, port := entry, ""
			if h, p, err := net.SplitHostPort(entry); err == nil {
				host, port = h, p
			}
			a.names[key(host, port)] = true
		}
	}
	return a, nil
}

// name reports whether the operator allowed this host, on every port or this one.
func (a allowance) name(host, port string) bool {
	return a.names[key(host, "")] || a.names[key(host, port)]
}

func (a allowance) address(address netip.Addr) bool {
	for _, network := range a.networks {
		if network.Contains(address.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// key spells a host in one way: lower case, no final dot, addresses in their
// canonical form.
func key(host, port string) string {
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.Unmap().String()
	}
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

package web

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// connections shares a listener's connections among those that open them. An
// address has at most a share; when almost all are open, those that nobody uses
// are closed, the longest idle first, so that keeping one open for nothing keeps
// nobody else out.
type connections struct {
	net.Listener
	log     *slog.Logger
	proxies []netip.Prefix
	share   int // how many an address may have
	crowded int // how many are almost all

	mu     sync.Mutex
	open   int
	idle   ring
	blocks map[netip.Addr]*block
}

// block is the connections of the addresses that are counted as one.
type block struct {
	open int
	idle ring
	told bool // that it has had its share
}

// connection is one that is open.
type connection struct {
	net.Conn
	all    *connections
	from   netip.Addr // its block; the zero Addr counts for nobody
	closed bool
	place  ring // among all that are idle
	within ring // among its block's that are idle
}

// leastShare is what an address may have, however small its part would be, as
// long as that is no more than half.
const leastShare = 64

func share(most int) int { return min(max(most/4, leastShare), max(most/2, 1)) }

// sharing is l with at most so many open connections, a bound that l keeps.
func (s *Server) sharing(l net.Listener, most int) *connections {
	c := &connections{Listener: l, log: s.Log, proxies: s.Proxies, share: share(most), crowded: max(most-most/10, 1), blocks: map[netip.Addr]*block{}}
	c.idle.empty()
	return c
}

// Accept waits for a connection of somebody who may have one more.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if counted := c.admit(conn); counted != nil {
			return counted, nil
		}
		_ = conn.Close()
	}
}

// admit counts a connection. Who has had their share must do without the one
// that they have not used for longest, or else without this one: nil.
func (c *connections) admit(conn net.Conn) *connection {
	added := &connection{Conn: conn, all: c, from: c.blockOf(conn.RemoteAddr())}
	added.place.of, added.within.of = added, added
	var first bool
	var surplus []*connection
	admitted := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if added.from.IsValid() {
			b := c.blockFor(added.from)
			if b.open >= c.share {
				oldest := b.idle.next.of
				if oldest == nil {
					first, b.told = !b.told, true
					return false
				}
				surplus = append(surplus, c.forget(oldest))
			}
			c.blockFor(added.from).open++ // forget may have dropped the block.
		}
		c.open++
		surplus = append(surplus, c.crowd()...)
		return true
	}()
	for _, old := range surplus {
		_ = old.Conn.Close()
	}
	if first {
		c.log.Warn("an address has as many connections as it may", "address", added.from, "connections", c.share)
	}
	if !admitted {
		return nil
	}
	return added
}

// crowd takes out the longest idle while almost all are open.
func (c *connections) crowd() (surplus []*connection) {
	for c.open >= c.crowded && c.idle.next.of != nil {
		surplus = append(surplus, c.forget(c.idle.next.of))
	}
	return surplus
}

// forget takes a connection out of the books; who calls it closes it.
func (c *connections) forget(gone *connection) *connection {
	gone.closed = true
	gone.place.remove()
	gone.within.remove()
	c.open--
	if b := c.blocks[gone.from]; b != nil {
		if b.open--; b.open == 0 {
			delete(c.blocks, gone.from)
		}
	}
	return gone
}

func (c *connections) blockFor(from netip.Addr) *block {
	b := c.blocks[from]
	if b == nil {
		b = &block{}
		b.idle.empty()
		c.blocks[from] = b
	}
	return b
}

// blockOf is what an address is counted by: IPv6 by /64, as much as one customer
// of a provider has (RFC 6177 §2). This machine's own programs and the proxies
// stand for many clients, and are not counted.
func (c *connections) blockOf(remote net.Addr) netip.Addr {
	from := peer(remote.String())
	if from.IsLoopback() {
		return netip.Addr{}
	}
	for _, prefix := range c.proxies {
		if prefix.Contains(from) {
			return netip.Addr{}
		}
	}
	if from.Is6() {
		return netip.PrefixFrom(from, 64).Masked().Addr()
	}
	return from
}

// Close closes the connection and gives its place back.
func (c *connection) Close() error {
	c.all.mu.Lock()
	if !c.closed {
		c.all.forget(c)
	}
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// turned notes that a connection has become idle or is used again. It is an
// http.Server's ConnState.
func turned(conn net.Conn, state http.ConnState) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	c, ok := conn.(*connection)
	if !ok || state != http.StateIdle && state != http.StateActive {
		return
	}
	for _, old := range c.turn(state == http.StateIdle) {
		_ = old.Conn.Close()
	}
}

func (c *connection) turn(idle bool) (surplus []*connection) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.place.remove()
	c.within.remove()
	if c.closed || !idle {
		return nil
	}
	c.place.before(&c.all.idle)
	if b := c.all.blocks[c.from]; b != nil {
		c.within.before(&b.idle)
	}
	return c.all.crowd()
}

package web

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// plainRedirector accepts connections for TLS and answers a client that speaks
// plain HTTP by mistake: 308 to the https URL for a known host, else nothing of
// its own (net/http then says 400).
type plainRedirector struct {
	net.Listener
	hosts func(string) bool
}

// Accept returns at once; looking at the first byte is left to the connection's
// own goroutine, or a silent client would hold up all others.
func (l plainRedirector) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil || l.hosts == nil {
		return conn, err
	}
	return &sniffedConn{Conn: conn, hosts: l.hosts}, nil
}

type sniffedConn struct {
	net.Conn
	hosts func(string) bool
	first sync.Once
}

// Read passes everything on, except that a first byte which begins an HTTP
// method, and no TLS record (RFC 8446 §5.1), ends the connection with a redirect.
func (c *sniffedConn) Read(p []byte) (n int, err error) {
	n, err = c.Conn.Read(p)
	c.first.Do(func() {
		if n > 0 && p[0] >= 'A' && p[0] <= 'Z' && c.redirect(p[:n]) {
			n, err = 0, io.EOF
		}
	})
	return n, err
}

// redirect answers a plain GET or HEAD. Anything with a body has already shown
// its secrets to the wire and is not encouraged to come again.
func (c *sniffedConn) redirect(begin []byte) bool {
	rest := io.LimitReader(io.MultiReader(bytes.NewReader(begin), c.Conn), maxHeader)
	r, err := http.ReadRequest(bufio.NewReader(rest))
	if err != nil {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !c.known(r.Host) || !strings.HasPrefix(r.URL.Path, "/") {
		return false
	}
	_, err = io.WriteString(c.Conn, "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://"+r.Host+r.URL.RequestURI()+
		"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	return err == nil
}

// known checks the port too: "known.example:x@elsewhere.example" names another host.
func (c *sniffedConn) known(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	}
	return c.hosts(normalHost(host))
}

package web_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gatehouse/gatehouse/platform/web"
)

// line is a client's end of a connection without TLS.
type line struct{ net.Conn }

func (r *running) dial(t *testing.T) line {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return line{conn}
}

func (l line) send(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(l, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

func (l line) answered(t *testing.T) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(l), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	_ = answer.Body.Close()
}

// hungUp reports whether the server has closed the connection.
func (l line) hungUp() bool {
	_, err := io.WriteString(l, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	return err != nil
}

// farEnd is a connection of that address.
type farEnd struct {
	net.Conn
	from netip.AddrPort
}

func (f farEnd) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(f.from) }

// from opens a connection of that address.
func (l *pipeListener) from(address string) line {
	near, far := net.Pipe()
	l.conns <- farEnd{far, netip.AddrPortFrom(netip.MustParseAddr(address), 40000)}
	return line{near}
}

// served runs the server on pipes in a bubble of its own.
func served(t *testing.T, s *web.Server, test func(t *testing.T, l *pipeListener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{make(chan net.Conn), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, l) }()
		test(t, l)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestAnAddressHasAShare lets twelve connections come, each with a request that
// does not end, to a server that has 20.
func TestAnAddressHasAShare(t *testing.T) {
	for _, tt := range []struct {
		name   string
		from   []string // in turn
		served int
	}{
		{"one address has half of a few", []string{"192.0.2.66"}, 10},
		{"two have as much each", []string{"192.0.2.66", "192.0.2.67"}, 12},
		{"the addresses of one /64 are one", []string{"2001:db8::1", "2001:db8::2:1", "2001:db8::3:1:1:1"}, 10},
		{"those of two are two", []string{"2001:db8::1", "2001:db8:0:1::1"}, 12},
		{"IPv4 as IPv6 writes it is the same", []string{"192.0.2.66", "::ffff:192.0.2.66"}, 10},
		{"this machine has what there is", []string{"127.0.0.1"}, 12},
		{"so has a proxy", []string{"10.1.2.3"}, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log lockedBuffer
			var entered, finish chan struct{}
			s := &web.Server{Connections: 20, Log: slog.New(slog.NewTextHandler(&log, nil)), Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
				Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-finish })}
			served(t, s, func(t *testing.T, l *pipeListener) {
				entered, finish = make(chan struct{}), make(chan struct{}) // They belong to the bubble.
				var open []line
				for i := range 12 {
					if conn := l.from(tt.from[i%len(tt.from)]); !conn.hungUp() {
						<-entered
						open = append(open, conn)
					}
				}
				if len(open) != tt.served {
					t.Errorf("%d were served", len(open))
				}
				for _, conn := range open {
					go func() { _, _ = io.Copy(io.Discard, conn) }()
				}
				close(finish)
			})
			if told := strings.Count(log.String(), "as many connections as it may"); (told == 1) != (tt.served < 12) {
				t.Errorf("the log tells %d times: %s", told, log.String())
			}
		})
	}
}

// TestWhoHasTheirShareLosesWhatTheyDoNotUse: an address may be that of many.
func TestWhoHasTheirShareLosesWhatTheyDoNotUse(t *testing.T) {
	s := &web.Server{Connections: 20, Log: slog.New(slog.DiscardHandler), Handler: http.NotFoundHandler()}
	served(t, s, func(t *testing.T, l *pipeListener) {
		var open []line
		use := func(conn line) {
			conn.send(t)
			conn.answered(t)
			synctest.Wait() // until it is idle
		}
		for range 10 {
			open = append(open, l.from("192.0.2.66"))
			use(open[len(open)-1])
		}
		use(open[0]) // Now the second is the longest idle.
		use(l.from("192.0.2.66"))
		if !open[1].hungUp() {
			t.Error("the longest idle is still open")
		}
		for _, i := range []int{0, 2, 9} {
			use(open[i])
		}
	})
}

// TestIdleConnectionsKeepNobodyOut is the attack: one client opens as many
// connections as there are, and keeps them for nothing.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secure bool
		scheme string
	}{
		{"over HTTP/1.1", false, "http://"},
		{"over HTTP/2", true, "https://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, &web.Server{Connections: 20, Handler: http.NotFoundHandler()}, tt.secure)
			for range 30 {
				client := r.client() // Each has a connection of its own and keeps it.
				t.Cleanup(client.CloseIdleConnections)
				answer, err := client.Get(tt.scheme + r.address)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
}

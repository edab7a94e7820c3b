package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// pipeListener accepts in-memory connections, whose deadlines a test's own time moves.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { close(l.closed); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// TestSlowClients shows how long each way of being slow can hold a connection.
func TestSlowClients(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sends  []string // one every five seconds, then nothing more
		atMost time.Duration
	}{
		{"a client that says nothing", nil, 10 * time.Second},
		{"a client that stops in its header", []string{"GET / HTTP/1.1\r\nHost: localhost\r\n"}, 10 * time.Second},
		{"a client that sends a header line now and then", []string{"GET / HTTP/1.1\r\n", "Host: localhost\r\n", "A: b\r\n", "C: d\r\n", "E: f\r\n"}, 10 * time.Second},
		{"a client that stops in its body", []string{"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na"}, 30 * time.Second},
		{"a client that keeps its connection for nothing", []string{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}, 2 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &pipeListener{make(chan net.Conn), make(chan struct{})}
				s := &web.Server{Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
				})}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- s.Run(ctx, l) }()
				near, far := net.Pipe()
				l.conns <- far
				begin, clk := clock.System().Now(), clock.System()
				var sender sync.WaitGroup
				sender.Go(func() {
					for _, part := range tt.sends {
						if _, err := io.WriteString(near, part); err != nil {
							return
						}
						<-clk.After(5 * time.Second)
					}
				})
				_, _ = io.Copy(io.Discard, near) // until the server hangs up
				if held := clk.Now().Sub(begin); held > tt.atMost+time.Second {
					t.Errorf("the connection was held for %s", held)
				}
				sender.Wait()
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

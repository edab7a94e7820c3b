package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Time and size bounds of every connection. They close what a slow or silent
// client would otherwise hold open. A handler that streams extends its own
// deadline with http.ResponseController.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10 // bytes

	defaultDrain       = 15 * time.Second
	defaultConnections = 16_384
)

// Server serves a handler on listeners until its context ends.
type Server struct {
	Handler http.Handler
	Log     *slog.Logger // required
	// TLS is the configuration, usually from TLSConfig. nil serves plain HTTP,
	// which only loopback and Unix listeners may do.
	TLS *tls.Config
	// Hosts tells which Host may be sent on from http:// to https:// on the TLS
	// port; nil sends none.
	Hosts func(host string) bool
	// Connections bounds open connections per listener; 0 is 16,384. An address
	// may have a quarter of them, or 64 if that is more, and at most half.
	Connections int
	// Proxies are addresses that stand for many clients: they may have any part
	// of the connections, as may loopback addresses.
	Proxies []netip.Prefix
	// Drain is how long open requests may take to end; 0 is 15 seconds.
	Drain time.Duration
}

// Run serves until ctx ends, then stops accepting, lets open requests end for
// Drain and closes the rest. It closes the listeners and returns nil after an
// orderly end.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) error {
	for _, l := range listeners {
		if s.TLS == nil && !local(l.Addr()) {
			closeAll(listeners)
			return fmt.Errorf("web: plain HTTP is served on loopback only, not on %s", l.Addr())
		}
	}
	server := s.server()
	group, serving := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error { return s.serve(server, l) })
	}
	group.Go(func() error {
		<-serving.Done()
		return s.shutdown(ctx, server)
	})
	return group.Wait()
}

func (s *Server) server() *http.Server {
	draining := make(chan struct{})
	server := &http.Server{
		Handler: s.Handler, TLSConfig: s.TLS,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnState: turned, ErrorLog: log.New(serverLog{s.Log}, "", 0),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 100},
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), drainKey{}, draining)
		},
		// "OPTIONS *" gets the mux's answer and record like any other request.
		DisableGeneralOptionsHandler: true,
	}
	server.RegisterOnShutdown(func() { close(draining) })
	return server
}

func (s *Server) serve(server *http.Server, l net.Listener) error {
	limit := s.Connections
	if limit == 0 {
		limit = defaultConnections
	}
	l = netutil.LimitListener(l, limit)
	var err error
	if s.TLS == nil {
		err = server.Serve(s.sharing(l, limit))
	} else {
		err = server.ServeTLS(s.sharing(plainRedirector{l, s.Hosts}, limit), "", "")
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("web: serve on %s: %w", l.Addr(), err)
}

func (s *Server) shutdown(ctx context.Context, server *http.Server) error {
	drain := s.Drain
	if drain == 0 {
		drain = defaultDrain
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(bounded); err != nil {
		s.Log.Warn("requests were cut at the end of the drain", "error", err)
		_ = server.Close()
	}
	return nil
}

type drainKey struct{}

// Draining is closed when the server begins to stop. A handler that streams
// without end watches it. Outside a Server it is nil and never ready.
func Draining(ctx context.Context) <-chan struct{} {
	draining, _ := ctx.Value(drainKey{}).(chan struct{})
	return draining
}

// local reports whether only this machine can reach the address.
func local(a net.Addr) bool {
	if a.Network() == "unix" {
		return true
	}
	return peer(a.String()).IsLoopback()
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// serverLog sorts net/http's own lines: a failed handshake or a connection that a
// browser opened for nothing is a stranger's doing and only interesting when one
// looks for it.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	for _, begin := range [...]string{"http: TLS handshake error", "http2: server: error reading preface"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			level = slog.LevelDebug
		}
	}
	l.log.Log(context.Background(), level, string(bytes.TrimSpace(line)))
	return len(line), nil
}

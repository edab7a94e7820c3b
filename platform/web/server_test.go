package web_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// running is a server on loopback.
type running struct {
	address string
	stop    context.CancelFunc
	ended   chan error
	ca      *web.LocalCA
}

// run starts s on a loopback port, with TLS of a local CA when secure.
func run(t *testing.T, s *web.Server, secure bool) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := &running{address: l.Addr().String(), ended: make(chan error, 1)}
	if secure {
		started.ca = openCA(t, t.TempDir(), clock.System())
		s.TLS = web.TLSConfig(started.ca.GetCertificate(func(host string) bool { return host == "localhost" }))
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started.stop = cancel
	go func() { started.ended <- s.Run(ctx, l) }()
	t.Cleanup(cancel)
	return started
}

func (r *running) client() *http.Client {
	transport := &http.Transport{ForceAttemptHTTP2: true}
	if r.ca != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: r.ca.Pool(), ServerName: "localhost", MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestPlainHTTPOnlyOnLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &web.Server{Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)}
	if err := s.Run(t.Context(), l); err == nil {
		t.Error("plain HTTP was served to the network")
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener stays open: %v", err)
	}
}

func TestHTTP2OverTLS(t *testing.T) {
	r := run(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })}, true)
	answer, err := r.client().Get("https://" + r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if body, _ := io.ReadAll(answer.Body); string(body) != "HTTP/2.0" {
		t.Errorf("served %s", body)
	}
}

func TestPlainHTTPOnTheTLSPort(t *testing.T) {
	r := run(t, &web.Server{Handler: http.NotFoundHandler(), Hosts: func(host string) bool { return host == "localhost" }}, true)
	for _, tt := range []struct {
		name, request string
		status        int
		location      string
	}{
		{"a known host is sent to https", "GET /login?a=b HTTP/1.1\r\nHost: localhost:8443\r\n\r\n", 308, "https://localhost:8443/login?a=b"},
		{"an unknown host is not", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400, ""},
		{"nor one hidden in a port", "GET / HTTP/1.1\r\nHost: localhost:x@evil.example\r\n\r\n", 400, ""},
		{"a path of two slashes stays on the host", "GET //evil.example HTTP/1.1\r\nHost: localhost\r\n\r\n", 308, "https://localhost//evil.example"},
		{"a body is not asked for again", "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 400, ""},
		{"half a request line is not answered with a redirect", "GET / HTTP/9.9\r\n\r\n", 400, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", r.address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, tt.request)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != tt.status || answer.Header.Get("Location") != tt.location {
				t.Errorf("%d to %q", answer.StatusCode, answer.Header.Get("Location"))
			}
		})
	}
}

func TestShutdownLetsRequestsEnd(t *testing.T) {
	entered, finish := make(chan struct{}), make(chan struct{})
	r := run(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-web.Draining(r.Context()) // the server tells streams to end
		<-finish
		_, _ = io.WriteString(w, "done")
	})}, false)
	got := make(chan string, 1)
	go func() {
		answer, err := r.client().Get("http://" + r.address)
		if err != nil {
			got <- err.Error()
			return
		}
		defer func() { _ = answer.Body.Close() }()
		body, _ := io.ReadAll(answer.Body)
		got <- string(body)
	}()
	<-entered
	r.stop()
	close(finish)
	if answer := <-got; answer != "done" {
		t.Errorf("the open request got %q", answer)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := net.Dial("tcp", r.address); err == nil {
		t.Error("the port is still open")
	}
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	entered := make(chan struct{})
	r := run(t, &web.Server{Drain: time.Millisecond, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})}, false)
	got := make(chan error, 1)
	go func() {
		answer, err := r.client().Get("http://" + r.address)
		if err == nil {
			_ = answer.Body.Close()
		}
		got <- err
	}()
	<-entered
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if <-got == nil {
		t.Error("the endless request was answered")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	entered, finish := make(chan struct{}), make(chan struct{})
	r := run(t, &web.Server{Connections: 1, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-finish })}, false)
	first, second := r.dial(t), r.dial(t) // The second waits in the kernel's queue.
	first.send(t)
	<-entered
	second.send(t)
	_ = second.SetReadDeadline(time.Unix(1, 0))
	if _, err := second.Read(make([]byte, 1)); err == nil || len(entered) > 0 {
		t.Error("a second connection was served beside the first")
	}
	close(finish)
	first.answered(t)
	_ = first.Close()
	_ = second.SetReadDeadline(time.Time{})
	<-entered
	second.answered(t)
}

func TestHeadersAreBounded(t *testing.T) {
	r := run(t, &web.Server{Handler: http.NotFoundHandler()}, false)
	request, _ := http.NewRequest(http.MethodGet, "http://"+r.address, nil)
	request.Header.Set("X-Long", strings.Repeat("x", 80<<10))
	answer, err := r.client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestFailedHandshakesAreQuiet(t *testing.T) {
	var log lockedBuffer
	s := &web.Server{Handler: http.NotFoundHandler(), Log: slog.New(slog.NewTextHandler(&log, nil))}
	r := run(t, s, true)
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write([]byte{0x16, 3, 1, 0, 1, 0})
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn) // until the server hangs up
	r.stop()
	<-r.ended
	if log.String() != "" {
		t.Errorf("a stranger filled the log: %s", log.String())
	}
}

func TestOps(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "gatehouse_test_total", Help: "x"}))
	down := errors.New("database at 10.0.0.3 is down")
	var state error
	h := web.Ops(registry, func(context.Context) error { return state })
	for _, tt := range []struct {
		name, target string
		state        error
		status       int
		body         string
	}{
		{"the process lives", "/health/live", nil, 200, "live\n"},
		{"it lives without its database too", "/health/live", down, 200, "live\n"},
		{"it is ready", "/health/ready", nil, 200, "ready\n"},
		{"without its database it is not, and says no more", "/health/ready", down, 503, "not ready\n"},
		{"nothing else is there", "/login", nil, 404, "404 page not found\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state = tt.state
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", tt.target, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), "gatehouse_test_total 0") {
		t.Errorf("the metrics are not shown: %s", w.Body)
	}
}

// TestTheWholeWay sends requests over TLS through a mux, many at once.
func TestTheWholeWay(t *testing.T) {
	var log lockedBuffer
	buffer := web.NewLogBuffer(&log, clock.System())
	mux := web.NewMux(web.Options{Log: slog.New(slog.NewJSONHandler(buffer, nil)), Clock: clock.System()})
	err := mux.Mount(one(web.Route{Pattern: "POST /echo", Permission: "public", Handle: func(w http.ResponseWriter, r *http.Request) error {
		v, err := web.Params(r)
		if err != nil {
			return err
		}
		return web.Write(w, http.StatusOK, map[string]string{"a": v.Get("a"), "ip": web.ClientIP(r).String()})
	}}))
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, &web.Server{Handler: mux}, true)
	client := r.client()
	var crowd sync.WaitGroup
	for i := range 50 {
		crowd.Go(func() {
			answer, err := client.Post("https://"+r.address+"/echo", form, strings.NewReader(fmt.Sprintf("a=%d", i)))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = answer.Body.Close() }()
			want := fmt.Sprintf(`{"a":"%d","ip":"127.0.0.1"}`, i)
			if body, _ := io.ReadAll(answer.Body); string(body) != want || answer.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("got %s, %v", body, answer.Header)
			}
		})
	}
	crowd.Wait()
	client.CloseIdleConnections()
	r.stop()
	<-r.ended
	if err := buffer.Close(); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(log.String(), `"route":"/echo"`); lines != 50 {
		t.Errorf("%d lines", lines)
	}
}

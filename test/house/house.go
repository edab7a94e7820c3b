package house

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

// Public is where the house is; Acme is where its second tenant is, with an
// application and a person of the same names as the first one's.
const (
	Public = "https://localhost"
	Acme   = "https://acme.localhost"
)

// House is the product, running.
type House struct {
	testing.TB
	App       *app.App
	Demo      *app.Demo
	Neighbour *Neighbour // what the second tenant has
	Clock     *Clock
	Config    app.Config
	Address   string // of the listener

	log       *log
	stop      func()
	transport *http.Transport
	allowed   []string // errors that the log may hold
}

// Each runs the test in a house on SQLite and, where there is one, in a house
// on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, h *House)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, Open(t)) })
	if dbtest.PostgresURL() != "" {
		t.Run("PostgreSQL", func(t *testing.T) { test(t, OpenPostgres(t)) })
	}
}

// Open opens a house on SQLite, furnished with the demo.
func Open(t testing.TB, change ...func(*app.Config)) *House {
	t.Helper()
	h := newHouse(t, filepath.Join(t.TempDir(), "data"), change)
	made := furnished(t)
	made.unpack(t, h.Config.Data)
	h.Demo, h.Neighbour = made.demo, made.neighbour
	h.start()
	return h
}

// OpenPostgres opens a house on a PostgreSQL schema of its own, furnished with
// the demo.
func OpenPostgres(t testing.TB, change ...func(*app.Config)) *House {
	t.Helper()
	schema := dbtest.PostgresSchema(t) // Before the house, so that it outlives it.
	h := newHouse(t, filepath.Join(t.TempDir(), "data"), change)
	h.Config.DatabaseURL = schema
	h.start()
	h.Demo, h.Neighbour = furnish(t, h.App)
	return h
}

func newHouse(t testing.TB, data string, change []func(*app.Config)) *House {
	h := &House{TB: t, Clock: &Clock{Fake: clock.NewFake(dbtest.Start)}, log: &log{}, Config: config(data)}
	for _, f := range change {
		f(&h.Config)
	}
	t.Cleanup(h.close)
	return h
}

// config is a house with rate limits that no test reaches by accident.
func config(data string) app.Config {
	return app.Config{Data: data, Listen: "127.0.0.1:0", PublicURL: Public, RateMultiplier: 1000, HashThreads: 2, HashQueue: 256,
		MailFrom: "Gatehouse <gatehouse@localhost>"}
}

// start builds the house on its data folder and serves it.
func (h *House) start() {
	h.Helper()
	h.Clock.ticking.Store(false) // A clock at rest measures nothing: passwords get the lowest cost.
	var err error
	if h.App, err = app.New(context.Background(), h.Config, app.Options{Clock: h.Clock, Log: h.log}); err != nil {
		h.Fatalf("the house does not open: %v\n%s", err, h.log)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var l net.Listener
	if l, err = h.App.Listen(ctx); err != nil {
		cancel()
		h.Fatal(err)
	}
	h.Address = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.App.Serve(ctx, l) }()
	h.stop = func() {
		cancel()
		if err := <-served; err != nil {
			h.Errorf("the house did not end well: %v", err)
		}
		if err := h.App.Close(); err != nil {
			h.Errorf("the house did not close well: %v", err)
		}
	}
	h.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", h.Address)
		},
		TLSClientConfig: h.TLS(), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 128,
	}
	h.Clock.ticking.Store(true)
}

// Restart ends the house and opens it again on the same data.
func (h *House) Restart() {
	h.Helper()
	h.end()
	h.start()
}

func (h *House) end() {
	if h.stop != nil {
		h.transport.CloseIdleConnections()
		h.stop()
		h.stop = nil
	}
}

func (h *House) close() {
	h.end()
	for line := range strings.SplitSeq(h.log.String(), "\n") {
		if strings.Contains(line, "level=ERROR") && !h.expected(line) {
			h.Errorf("the log tells of an error: %s", line)
		}
	}
}

// Expect lets the log hold errors with this text. Any other fails the test.
func (h *House) Expect(text string) { h.allowed = append(h.allowed, text) }

func (h *House) expected(line string) bool {
	for _, text := range h.allowed {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// TLS trusts the house's CA and nobody else, by the house's clock.
func (h *House) TLS() *tls.Config {
	h.Helper()
	pem, err := os.ReadFile(filepath.Join(h.Config.Data, "ca.pem"))
	h.Must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, Time: h.Clock.Fake.Now, MinVersion: tls.VersionTLS12}
}

// Must ends the test on an error.
func (h *House) Must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// Log is what the house has logged so far.
func (h *House) Log() string { return h.log.String() }

// Tenant is a tenant as it stands.
func (h *House) Tenant(id string) *tenant.Tenant {
	h.Helper()
	t, err := h.App.Tenants.Reload(context.Background(), id)
	h.Must(err)
	return t
}

// Write writes past the product, or ends the test.
func (h *House) Write(closure func(ctx context.Context, tx *db.Tx) error) {
	h.Helper()
	ctx := context.Background()
	h.Must(h.App.DB.Write(ctx, func(tx *db.Tx) error { return closure(ctx, tx) }))
}

// Count is the one number that a query gives.
func (h *House) Count(query string, args ...any) (n int) {
	h.Helper()
	h.Must(h.App.DB.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// soon bounds every request of a test.
const soon = 60 * time.Second

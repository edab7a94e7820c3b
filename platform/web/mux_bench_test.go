package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// sink is a ResponseWriter that costs nothing, so that the figures are the chain's.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

var document = []byte(`{"keys":[` + strings.Repeat("x", 800) + `]}`)

func serveDocument(w http.ResponseWriter, _ *http.Request) error {
	w.Header()["Content-Type"] = []string{"application/json"}
	_, err := w.Write(document)
	return err
}

type tenantKey struct{}

// BenchmarkDocument compares a memory-served document behind the whole chain
// (resolve, CORS, admission, metrics, log line) with the bare handler.
func BenchmarkDocument(b *testing.B) {
	tenant := new(int)
	mux := web.NewMux(web.Options{
		Log:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Clock:   clock.System(),
		Metrics: prometheus.NewRegistry(),
		Resolve: func(ctx context.Context, _ *http.Request) (context.Context, error) {
			return context.WithValue(ctx, tenantKey{}, tenant), nil
		},
		Admit: func(*http.Request, string) error { return nil },
	})
	if err := mux.Mount(web.Surface{
		Name: "oidc", Guard: open, Error: plain,
		Routes: []web.Route{{Pattern: "GET /.well-known/jwks.json", Permission: "public", Handle: serveDocument, CORS: web.AnyOrigin}},
	}); err != nil {
		b.Fatal(err)
	}
	bare := http.NewServeMux()
	bare.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) { _ = serveDocument(w, r) })
	for _, tt := range []struct {
		name    string
		handler http.Handler
	}{{"bare", bare}, {"chain", mux}} {
		b.Run(tt.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "https://id.example.com/.well-known/jwks.json", nil)
			w := &sink{header: make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				tt.handler.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkParams reads a token request as the token endpoint does.
func BenchmarkParams(b *testing.B) {
	const body = "grant_type=client_credentials&client_id=0123456789abcdef&client_secret=0123456789abcdef0123456789abcdef&audience=https%3A%2F%2Fapi.example.com%2F"
	b.ReportAllocs()
	reader := strings.NewReader(body)
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", reader)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for b.Loop() {
		reader.Reset(body)
		if v, err := web.Params(r); err != nil || v.Get("grant_type") == "" {
			b.Fatal(err)
		}
	}
}

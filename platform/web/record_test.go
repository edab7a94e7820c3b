package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gatehouse/gatehouse/platform/web"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	h := newHouse(t, web.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		one(web.Route{Pattern: "GET /", Permission: "public", Handle: ok}))
	for _, tt := range []struct {
		name, target, peer, proto string
		strict                    bool
	}{
		{"HTTPS is strict", "https://id.example.com/", "192.0.2.1:1", "", true},
		{"plain HTTP cannot be", "http://localhost/", "192.0.2.1:1", "", false},
		{"a trusted proxy's HTTPS is strict", "http://id.example.com/", "10.0.0.1:1", "https", true},
		{"a stranger's word for it is not taken", "http://id.example.com/", "192.0.2.1:1", "https", false},
		{"errors have the headers too", "https://id.example.com/missing", "192.0.2.1:1", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", tt.target, nil)
			r.RemoteAddr = tt.peer
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			r.Header.Set("X-Request-Id", "mine\n")
			got := h.do(r).Header()
			if strict := got.Get("Strict-Transport-Security") == "max-age=63072000; includeSubDomains"; strict != tt.strict {
				t.Errorf("strict is %t", strict)
			}
			if got.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("sniffing is allowed")
			}
			if id := got.Get("X-Request-Id"); len(id) != 26 {
				t.Errorf("the request id is %q", id)
			}
		})
	}
}

func TestTheRecord(t *testing.T) {
	h := newHouse(t, web.Options{}, one(web.Route{Pattern: "POST /u/{id}", Permission: "public", Handle: func(w http.ResponseWriter, r *http.Request) error {
		record := web.RecordFrom(r.Context())
		record.Tenant, record.Client, record.User, record.Event = "default", "app", "auth0|1", "login.succeeded"
		record.Add(slog.String("grant", "code"))
		return web.NoContent(w)
	}}))
	r := httptest.NewRequest("POST", "https://id.example.com/u/ada%40example.com?code=secret&state=secret", strings.NewReader("password=secret"))
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("Cookie", "__Host-gatehouse=secret")
	h.do(r)
	line := h.lines(t, "request")[0]
	if raw := h.log.String(); strings.Contains(raw, "secret") || strings.Contains(raw, "ada") {
		t.Errorf("the line tells too much: %s", raw)
	}
	delete(line, "id")
	want := map[string]any{
		"time": "2026-03-01T12:00:00Z", "level": "INFO", "msg": "request", "method": "POST", "route": "/u/{id}",
		"status": 204.0, "bytes": 0.0, "micros": 0.0, "ip": "192.0.2.1",
		"tenant": "default", "client": "app", "user": "auth0|1", "event": "login.succeeded", "grant": "code",
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Error(diff)
	}
}

func TestMetrics(t *testing.T) {
	h := newHouse(t, web.Options{}, one(web.Route{Pattern: "GET /u/{id}", Permission: "public", Handle: ok}))
	for _, target := range []string{"/u/1", "/u/2", "/x/1", "/x/2"} {
		h.do(httptest.NewRequest("GET", target, nil))
	}
	h.do(httptest.NewRequest("HACK", "/u/1", nil))
	want := `
# HELP gatehouse_http_requests_total Requests answered.
# TYPE gatehouse_http_requests_total counter
gatehouse_http_requests_total{method="GET",route="/u/{id}",status="200"} 2
gatehouse_http_requests_total{method="GET",route="unmounted",status="404"} 2
gatehouse_http_requests_total{method="other",route="/u/{id}",status="405"} 1
# HELP gatehouse_http_requests_in_flight Requests being answered now.
# TYPE gatehouse_http_requests_in_flight gauge
gatehouse_http_requests_in_flight 0
`
	if err := testutil.GatherAndCompare(h.metrics, strings.NewReader(want), "gatehouse_http_requests_total", "gatehouse_http_requests_in_flight"); err != nil {
		t.Error(err)
	}
}

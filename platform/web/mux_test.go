package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open is a guard that lets everyone in, but knows its words.
func open(permission string, next web.Handler) (web.Handler, error) {
	if strings.HasPrefix(permission, "unknown:") {
		return nil, errors.New("no such permission")
	}
	return next, nil
}

// plain renders an error by its kind alone, as a surface does that knows
// nothing of the mux's own statuses.
func plain(w http.ResponseWriter, _ *http.Request, err error) {
	w.WriteHeader(fault.KindOf(err).Status())
	_, _ = w.Write([]byte(fault.Public(err)))
}

// named is plain with the surface's name, to tell who answered.
func named(name string) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		w.Header().Set("X-Surface", name)
		plain(w, r, err)
	}
}

func ok(w http.ResponseWriter, _ *http.Request) error {
	_, err := w.Write([]byte("ok"))
	return err
}

// house is a mux with its log and metrics.
type house struct {
	*web.Mux
	log     bytes.Buffer
	metrics *prometheus.Registry
	clock   *clock.Fake
}

func newHouse(t *testing.T, o web.Options, surfaces ...web.Surface) *house {
	t.Helper()
	h := &house{metrics: prometheus.NewRegistry(), clock: clock.NewFake(start)}
	o.Log, o.Clock, o.Metrics = slog.New(slog.NewJSONHandler(&h.log, nil)), h.clock, h.metrics
	h.Mux = web.NewMux(o)
	for _, s := range surfaces {
		if err := h.Mount(s); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// lines are the log's lines with the given message.
func (h *house) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(h.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

func one(routes ...web.Route) web.Surface {
	return web.Surface{Name: "test", Guard: open, Error: plain, Routes: routes}
}

func TestMountRefuses(t *testing.T) {
	good := web.Route{Pattern: "GET /taken", Permission: "public", Handle: ok}
	for _, tt := range []struct {
		name   string
		routes []web.Route
	}{
		{"a route without a permission", []web.Route{{Pattern: "GET /a", Handle: ok}}},
		{"a permission that the guard does not know", []web.Route{{Pattern: "GET /a", Permission: "unknown:x", Handle: ok}}},
		{"a pattern without a method", []web.Route{{Pattern: "/a", Permission: "public", Handle: ok}}},
		{"a method that is none", []web.Route{{Pattern: "get /a", Permission: "public", Handle: ok}}},
		{"a route without a handler", []web.Route{{Pattern: "GET /a", Permission: "public"}}},
		{"a route twice in the table", []web.Route{{Pattern: "GET /a", Permission: "public", Handle: ok}, {Pattern: "GET /a", Permission: "public", Handle: ok}}},
		{"a route that another surface has", []web.Route{good}},
		{"a pattern that matches the same paths under another name", []web.Route{
			{Pattern: "GET /u/{id}", Permission: "public", Handle: ok}, {Pattern: "GET /u/{name}", Permission: "public", Handle: ok}}},
		{"a pattern that cannot be read", []web.Route{{Pattern: "GET /{", Permission: "public", Handle: ok}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, web.Options{}, one(good))
			if err := h.Mount(web.Surface{Name: "new", Guard: open, Error: plain, Routes: append([]web.Route{{Pattern: "GET /beside", Permission: "public", Handle: ok}}, tt.routes...)}); err == nil {
				t.Fatal("it was mounted")
			}
			if got := h.do(httptest.NewRequest("GET", "/beside", nil)).Code; got != 404 {
				t.Errorf("half of the surface is mounted: status %d", got)
			}
		})
	}
}

func TestWhoAnswersWhat(t *testing.T) {
	h := newHouse(t, web.Options{},
		web.Surface{Name: "api", Guard: open, Error: named("api"), Routes: []web.Route{
			{Pattern: "GET /api/users/{id}", Permission: "public", Handle: func(w http.ResponseWriter, r *http.Request) error {
				_, err := w.Write([]byte(r.PathValue("id")))
				return err
			}},
			{Pattern: "POST /api/users", Permission: "public", Handle: ok},
		}},
		web.Surface{Name: "pages", Guard: open, Error: named("pages"), Fallback: true, Routes: []web.Route{
			{Pattern: "GET /login", Permission: "public", Handle: ok},
			{Pattern: "POST /login", Permission: "public", Handle: ok},
		}},
	)
	for _, tt := range []struct {
		name, method, target string
		status               int
		surface, allow, body string
	}{
		{"a route answers", "GET", "/login", 200, "", "", "ok"},
		{"HEAD works where GET does", "HEAD", "/login", 200, "", "", "ok"}, // net/http drops the body
		{"an encoded slash stays in its segment", "GET", "/api/users/a%2Fb", 200, "", "", "a/b"},
		{"an encoded bar stays in its segment", "GET", "/api/users/auth0%7C1", 200, "", "", "auth0|1"},
		{"an unknown path is the fallback's", "GET", "/nothing", 404, "pages", "", fault.Public(fault.New(fault.NotFound, ""))},
		{"a wrong method is its owner's", "DELETE", "/api/users", 405, "api", "OPTIONS, POST", "This address does not take DELETE."},
		{"a wrong method names all that are right", "PUT", "/login", 405, "pages", "GET, HEAD, OPTIONS, POST", "This address does not take PUT."},
		{"an invented method is not repeated", "HACK", "/login", 405, "pages", "GET, HEAD, OPTIONS, POST", "This address does not take other."},
		{"OPTIONS tells the methods", "OPTIONS", "/login", 204, "", "GET, HEAD, OPTIONS, POST", ""},
		{"TRACE is never served", "TRACE", "/login", 405, "pages", "", "This method is not served here."},
		{"a doubled slash is not cleaned by a redirect", "GET", "//evil.example/login", 404, "pages", "", fault.Public(fault.New(fault.NotFound, ""))},
		{"a dotted path is not cleaned by a redirect", "GET", "/x/../login", 404, "pages", "", fault.Public(fault.New(fault.NotFound, ""))},
		{"an endless address is refused", "GET", "/login?x=" + strings.Repeat("a", 20<<10), 414, "pages", "", "The address of the request is too long."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			target := httptest.NewRequest("GET", "http://id.example.com"+tt.target, nil)
			r.URL, r.Host = target.URL, "id.example.com"
			r.URL.Host, r.URL.Scheme = "", ""
			w := h.do(r)
			got := []any{w.Code, w.Header().Get("X-Surface"), w.Header().Get("Allow"), w.Body.String()}
			if diff := cmp.Diff([]any{tt.status, tt.surface, tt.allow, tt.body}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAdmissionSeesTheClassOfEveryPath(t *testing.T) {
	var seen []string
	h := newHouse(t, web.Options{Admit: func(_ *http.Request, class string) error {
		seen = append(seen, class)
		return fault.New(fault.Limited, "")
	}}, one(web.Route{Pattern: "GET /login", Permission: "public", Limit: "login", Handle: ok}))
	for _, target := range []string{"/login", "/nothing"} {
		if w := h.do(httptest.NewRequest("GET", target, nil)); w.Code != 429 {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
	if diff := cmp.Diff([]string{"login", ""}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownHosts(t *testing.T) {
	h := newHouse(t, web.Options{Resolve: func(ctx context.Context, r *http.Request) (context.Context, error) {
		if r.Host != "id.example.com" {
			return nil, fault.New(fault.NotFound, "No tenant has this host name.")
		}
		return ctx, nil
	}}, web.Surface{Name: "pages", Guard: open, Error: named("pages"), Fallback: true, Routes: []web.Route{{Pattern: "GET /", Permission: "public", Handle: ok}}})
	for _, tt := range []struct {
		name, host string
		status     int
	}{
		{"a tenant's host is served", "id.example.com", 200},
		{"another host is not", "evil.example", 404},
		{"a look-alike is not", "id.example.com.evil.example", 404},
		{"no host is not", "", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Host = tt.host
			if w := h.do(r); w.Code != tt.status {
				t.Errorf("status %d", w.Code)
			}
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	h := newHouse(t, web.Options{MaxBody: 100}, one(
		web.Route{Pattern: "POST /small", Permission: "public", Handle: readParams},
		web.Route{Pattern: "POST /large", Permission: "public", Handle: readParams, MaxBody: 1000},
	))
	for _, tt := range []struct {
		name, target string
		size         int
		announced    bool
		status       int
	}{
		{"a body within the bound is read", "/small", 100, true, 204},
		{"a longer one that says so is refused unread", "/small", 101, true, 413},
		{"a longer one that does not is cut", "/small", 101, false, 413},
		{"a route may allow more", "/large", 1000, true, 204},
		{"but not without end", "/large", 1001, false, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", tt.target, strings.NewReader("a="+strings.Repeat("b", tt.size-2)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if !tt.announced {
				r.ContentLength = -1
			}
			if w := h.do(r); w.Code != tt.status {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
}

func readParams(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Params(r); err != nil {
		return err
	}
	return web.NoContent(w)
}

func TestQuietRoutesAreLoggedOnlyWhenTheyFail(t *testing.T) {
	for _, tt := range []struct {
		name   string
		quiet  bool
		status int
		lines  int
	}{
		{"a good answer of a loud route", false, http.StatusOK, 1},
		{"a good answer of a quiet route", true, http.StatusOK, 0},
		{"a refusal of a quiet route", true, http.StatusNotFound, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			m := web.NewMux(web.Options{Clock: clock.NewFake(time.Unix(0, 0)), Log: slog.New(slog.NewTextHandler(&out, nil))})
			err := m.Mount(web.Surface{Name: "s", Guard: web.OnlyPublic, Error: func(w http.ResponseWriter, _ *http.Request, _ error) {}, Routes: []web.Route{
				{Pattern: "GET /x", Permission: "public", Quiet: tt.quiet, Handle: func(w http.ResponseWriter, _ *http.Request) error {
					w.WriteHeader(tt.status)
					return nil
				}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil))
			if got := strings.Count(out.String(), "\n"); got != tt.lines {
				t.Errorf("%d lines: %s", got, out.String())
			}
		})
	}
}

package manage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// fat records n events of about so many bytes each, and seals them.
func (h *house) fat(n, bytes int) {
	h.Helper()
	facts := map[string]any{}
	for i := range bytes / 1000 {
		facts[fmt.Sprint("fact", i)] = strings.Repeat("x", 1000)
	}
	if err := h.d.Write(h.Context(), func(tx *db.Tx) error {
		for i := range n {
			if err := h.journal.Record(h.Context(), tx, journal.Event{Kind: signedIn, Tenant: "one",
				Actor: journal.Ref{Type: "user", ID: fmt.Sprint("auth0|", i)}, Details: facts}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		h.Fatal(err)
	}
	h.seal()
}

func (h *house) seal() {
	h.Helper()
	if _, err := h.journal.Seal(context.Background()); err != nil {
		h.Fatal(err)
	}
}

// unopenable puts n events of a kind into the journal that do not open.
func (h *house) unopenable(n int, kind *journal.Kind) {
	h.Helper()
	if err := h.d.Write(h.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(h.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO journal (id, tenant, at, kind, actor, object, subject, salt, payload)
			SELECT 'q' || CAST(i AS TEXT), 'one', 0, $2, '', '', '', $3, $3 FROM n`, n, kind.Name, []byte("not sealed"))
		return err
	}); err != nil {
		h.Fatal(err)
	}
	h.seal()
}

// page answers the offset form with its total.
func (h *house) page(query string) (total, length int, a answer) {
	h.Helper()
	a = h.get("one.example", "one", "/api/v2/logs?include_totals=true&"+query)
	var v struct {
		Total, Length int
		Logs          []json.RawMessage
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != http.StatusOK {
		h.Fatalf("%d %s", a.status, a.body)
	}
	if len(v.Logs) != v.Length {
		h.Errorf("%d logs are called %d", len(v.Logs), v.Length)
	}
	return v.Total, v.Length, a
}

func TestFatEventsAreNotAllHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := open(t, d, clk)
		h.fat(500, 50_000)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		total, length, _ := h.page("per_page=20&page=2")
		runtime.ReadMemStats(&after)
		if total != 500 || length != 20 {
			t.Errorf("%d of %d", length, total)
		}
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 60 {
			t.Errorf("one page allocates %d MiB", allocated)
		}
		if a := h.get("one.example", "one", "/api/v2/logs?per_page=100"); a.status != http.StatusRequestEntityTooLarge ||
			!strings.Contains(a.body, "ask for fewer with per_page") {
			t.Errorf("a page of 5 MB: %d %.200s", a.status, a.body)
		}
		next, seen := "/api/v2/logs?take=100", 0
		for range 10 {
			a := h.get("one.example", "one", next)
			var list []json.RawMessage
			if err := json.Unmarshal([]byte(a.body), &list); err != nil {
				t.Fatal(err)
			}
			if len(a.body) > 6<<20 {
				t.Errorf("a page has %d bytes", len(a.body))
			}
			seen += len(list)
			link, more := strings.CutPrefix(a.header.Get("Link"), "<https://one.example")
			if next = strings.TrimSuffix(link, `>; rel="next"`); !more {
				break
			}
		}
		if seen != 500 {
			t.Errorf("by checkpoint there are %d events, want 500", seen)
		}
	})
}

func TestTotals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := open(t, d, clk)
		h.record("one", "auth0|1", signedIn, signedIn, wrong, wrong, wrong, signedIn)
		h.record("two", "auth0|9", wrong)
		h.unopenable(1200, quiet)
		term := func(q string) string { return "&q=" + url.QueryEscape(q) }
		for _, tt := range []struct {
			name, query   string
			total, length int
		}{
			{"of all", "per_page=2", 6, 2},
			{"of a type", "per_page=2" + term("type:fp"), 3, 2},
			{"of a type, the last page", "per_page=2&page=1" + term("type:fp"), 3, 1},
			{"of a type, the oldest first", "per_page=2&page=1&sort=date:1" + term("type:fp"), 3, 1},
			{"of a type, behind the end", "per_page=2&page=2" + term("type:fp"), 3, 0},
			{"of two types at once", term("type:fp AND type:s"), 0, 0},
			{"of a type that there is not", term("type:nothing"), 0, 0},
			{"of a user", "per_page=4" + term(`user_id:"auth0|1"`), 6, 4},
			{"of a user, the last page", "per_page=4&page=1" + term(`user_id:"auth0|1"`), 6, 2},
			{"of a user and a type", "per_page=2" + term(`user_id:"auth0|1" AND type:s`), 3, 2},
			{"of somebody else", term(`user_id:"auth0|9"`), 0, 0},
		} {
			if total, length, a := h.page(tt.query); total != tt.total || length != tt.length || a.header.Get("Link") != "" {
				t.Errorf("%s: %d of %d, want %d of %d (%s)", tt.name, length, total, tt.length, tt.total, a.header.Get("Link"))
			}
		}
	})
}

func TestWhatCannotBeOpenedIsCountedAndShownAsSuch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := open(t, d, clk)
		h.record("one", "auth0|1", signedIn)
		h.unopenable(6000, wrong)
		total, length, a := h.page("per_page=3&page=300")
		if total != 1000 || length != 3 || !strings.Contains(a.body, "What this event said cannot be opened.") {
			t.Errorf("%d of %d: %.300s", length, total, a.body)
		}
		a = h.get("one.example", "one", "/api/v2/logs?q="+url.QueryEscape(`user_id:"auth0|1"`))
		if a.status != http.StatusOK || a.body != "[]" || a.header.Get("Link") != `<https://one.example/api/v2/logs?take=100>; rel="alternate"` {
			t.Errorf("a search that meets its bound: %d %.200s, Link %s", a.status, a.body, a.header.Get("Link"))
		}
		a = h.get("one.example", "one", "/api/v2/logs?sort=date:1&per_page=1&q="+url.QueryEscape(`user_id:"auth0|1"`))
		if !strings.Contains(a.body, `"user_id":"auth0|1"`) || a.header.Get("Link") != "" {
			t.Errorf("a search that finds: %.200s, Link %s", a.body, a.header.Get("Link"))
		}
	})
}

func TestAddressesThatNobodyMounted(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/api/v2/users", 404, ""},
		{"GET", "/api/v2/", 404, ""},
		{"GET", "/api/v2", 404, ""},
		{"POST", "/api/v2/users/auth0%7C1/blocks", 404, ""},
		{"PATCH", "/api/v2/clients/x", 404, ""},
		{"PUT", "/api/v2/x", 404, ""},
		{"DELETE", "/api/v2/x/y/z", 404, ""},
		{"HEAD", "/api/v2/x", 404, ""},
		{"GET", "/api/v2/logs/a/b", 404, ""},
		{"DELETE", "/api/v2/logs", 405, "HEAD, GET"},
		{"POST", "/api/v2/logs/900", 405, "HEAD, GET"},
	} {
		w := httptest.NewRecorder()
		h.mux.ServeHTTP(w, httptest.NewRequest(tt.method, "https://one.example"+tt.path, nil))
		want := fmt.Sprintf(`{"statusCode":%d,"error":"%s"`, tt.status, http.StatusText(tt.status))
		if tt.method == http.MethodHead {
			want = ""
		}
		if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), want) || w.Header().Get("Allow") != tt.allow ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d %s, Allow %q", tt.method, tt.path, w.Code, w.Body, w.Header().Get("Allow"))
		}
	}
}

func TestRateLimits(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	figures := func(a answer) string {
		return fmt.Sprint(a.status, " ", a.header.Get("x-ratelimit-limit"), " ", a.header.Get("x-ratelimit-remaining"), " ", a.header.Get("x-ratelimit-reset"))
	}
	at := dbtest.Start.Unix()
	for _, tt := range []struct{ name, token, path, want string }{
		{"a request", "one", "/api/v2/logs", fmt.Sprint("200 100 99 ", at+1)},
		{"the next", "one", "/api/v2/logs/x", fmt.Sprint("400 100 98 ", at+2)},
		{"one without the scope", "scopeless", "/api/v2/logs", fmt.Sprint("403 100 99 ", at+1)},
		{"one without a token", "", "/api/v2/logs", fmt.Sprint("401 100 100 ", at)},
		{"one to nowhere", "", "/api/v2/nowhere", fmt.Sprint("404 100 100 ", at)},
	} {
		if got := figures(h.get("one.example", tt.token, tt.path)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for range 98 {
		h.get("one.example", "one", "/api/v2/logs/x")
	}
	if got, want := figures(h.get("one.example", "one", "/api/v2/logs")), fmt.Sprint("429 100 0 ", at+100); got != want {
		t.Errorf("one too many: %s, want %s", got, want)
	}
	if a := h.get("two.example", "two", "/api/v2/logs"); a.status != http.StatusOK {
		t.Errorf("another client: %d", a.status)
	}
}

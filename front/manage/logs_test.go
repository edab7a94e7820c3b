package manage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/front/manage"
	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
)

var (
	signedIn = journal.Register(journal.Kind{Name: "test.signed_in", Title: "Signed in", LogType: "s"})
	wrong    = journal.Register(journal.Kind{Name: "test.wrong", Title: "Wrong password", LogType: "fp", Failure: true})
	quiet    = journal.Register(journal.Kind{Name: "test.quiet", Title: "Without a code"})
)

var tenants = map[string]*tenant.Tenant{
	"one.example": {ID: "one", Name: "One", Host: "one.example", Issuer: "https://one.example/"},
	"two.example": {ID: "two", Name: "Two", Host: "two.example", Issuer: "https://two.example/"},
}

// token is what the test's verifier believes of an access token.
type token struct {
	audiences, scopes []string
	err               error
}

var tokens = map[string]token{
	"one":          {audiences: []string{"https://one.example/api/v2/", "https://one.example/userinfo"}, scopes: []string{"openid", "read:logs"}},
	"two":          {audiences: []string{"https://two.example/api/v2/"}, scopes: []string{"read:logs_users"}},
	"scopeless":    {audiences: []string{"https://one.example/api/v2/"}, scopes: []string{"read:logsx"}},
	"notes":        {audiences: []string{"https://notes.example"}, scopes: []string{"read:logs"}},
	"no slash":     {audiences: []string{"https://one.example/api/v2"}, scopes: []string{"read:logs"}},
	"a person's":   {err: fault.New(fault.Forbidden, "This API takes tokens of machines.")},
	"unverifiable": {err: fmt.Errorf("database: %w", context.DeadlineExceeded)},
}

type house struct {
	*testing.T
	d       *db.DB
	clk     *clock.Fake
	journal *journal.Journal
	mux     *web.Mux
}

func open(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, d: d, clk: clk}
	if h.journal, err = journal.Open(t.Context(), journal.Config{DB: d, Keys: keyring.New(root, log), Clock: clk, Log: log}); err != nil {
		t.Fatal(err)
	}
	limiter, err := limit.New(limit.Config{Rates: map[limit.Class]limit.Rate{limit.API: {PerSecond: 1, Burst: 100}}})
	if err != nil {
		t.Fatal(err)
	}
	s := &manage.Service{Journal: h.journal, Log: log, Environment: "production", Limits: &limit.Gate{Limiter: limiter, Clock: clk},
		Verify: func(_ context.Context, _ *tenant.Tenant, raw string) (string, []string, []string, error) {
			known, ok := tokens[raw]
			if !ok {
				return "", nil, nil, fault.New(fault.Unauthenticated, "The token is not good.")
			}
			return raw + "@clients", known.audiences, known.scopes, known.err
		}}
	h.mux = web.NewMux(web.Options{Clock: clk, Resolve: func(ctx context.Context, r *http.Request) (context.Context, error) {
		return tenant.With(ctx, tenants[r.Host]), nil
	}})
	if err := h.mux.Mount(s.Surface()); err != nil {
		t.Fatal(err)
	}
	return h
}

// record writes events, a second apart, and seals them.
func (h *house) record(tenant, user string, kinds ...*journal.Kind) {
	h.Helper()
	for _, kind := range kinds {
		ctx := journal.WithSource(h.Context(), &journal.Source{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "test", Host: tenant + ".example"})
		err := h.d.Write(ctx, func(tx *db.Tx) error {
			return h.journal.Record(ctx, tx, journal.Event{Kind: kind, Tenant: tenant, Actor: journal.Ref{Type: "user", ID: user, Name: user},
				Object: journal.Ref{Type: "client", ID: "Wm3k", Name: "Fieldnotes"}})
		})
		if err != nil {
			h.Fatal(err)
		}
		h.clk.Forward(time.Second)
	}
	if _, err := h.journal.Seal(context.Background()); err != nil {
		h.Fatal(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (h *house) get(host, bearer, path string) answer {
	h.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://"+host+path, nil)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// shown is the types of the log events, in order, and their ids.
func (h *house) shown(path string) (types string, ids []string) {
	h.Helper()
	a := h.get("one.example", "one", path)
	if a.status != http.StatusOK {
		h.Fatalf("%s answered %d %s", path, a.status, a.body)
	}
	var list []struct{ Type, Log_ID string }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		h.Fatalf("%s: %v", a.body, err)
	}
	words := []string{}
	for _, l := range list {
		words, ids = append(words, l.Type), append(ids, l.Log_ID)
	}
	return strings.Join(words, " "), ids
}

func TestWhoMayReadLogs(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	for _, tt := range []struct {
		name, host, token string
		status            int
		message, code     string
	}{
		{"a token with the scope", "one.example", "one", 200, "", ""},
		{"a token with the other scope at its own tenant", "two.example", "two", 200, "", ""},
		{"no token", "one.example", "", 401, "Missing authentication", ""},
		{"a token that does not verify", "one.example", "forged", 401, "Invalid token", "invalid_token"},
		{"another tenant's token", "two.example", "one", 401, "Bad audience: https://one.example/api/v2/, https://one.example/userinfo", "invalid_token"},
		{"a token for another API", "one.example", "notes", 401, "Bad audience: https://notes.example", "invalid_token"},
		{"an audience without the slash", "one.example", "no slash", 401, "Bad audience: https://one.example/api/v2", "invalid_token"},
		{"a scope that only begins alike", "one.example", "scopeless", 403, "Insufficient scope, expected any of: read:logs,read:logs_users", "insufficient_scope"},
		{"a token with a person behind it", "one.example", "a person's", 403, "This API takes tokens of machines.", "insufficient_scope"},
		{"a verifier that fails gives nothing away", "one.example", "unverifiable", 500, fault.Public(fault.New(fault.Internal, "")), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/api/v2/logs", "/api/v2/logs/900"} {
				a := h.get(tt.host, tt.token, path)
				if tt.status == 200 {
					if a.status == 401 || a.status == 403 {
						t.Errorf("%s: %d %s", path, a.status, a.body)
					}
					continue
				}
				var got map[string]any
				if err := json.Unmarshal([]byte(a.body), &got); err != nil {
					t.Fatal(err)
				}
				want := map[string]any{"statusCode": float64(tt.status), "error": http.StatusText(tt.status), "message": tt.message}
				if tt.code != "" {
					want["errorCode"] = tt.code
				}
				if a.status != tt.status || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: %d %v, want %v", path, a.status, got, want)
				}
				if tt.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s: no challenge", path)
				}
			}
		})
	}
}

func TestAToken(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	for name, values := range map[string][]string{
		"another scheme": {"Basic b25l"}, "no token": {"Bearer "}, "two headers": {"Bearer one", "Bearer one"}, "one word": {"one"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "https://one.example/api/v2/logs?access_token=one", nil)
			r.Header["Authorization"] = values
			w := httptest.NewRecorder()
			h.mux.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestAMethodThatIsNotTaken(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "https://one.example/api/v2/logs", nil))
	if w.Code != http.StatusMethodNotAllowed || !strings.HasPrefix(w.Body.String(), `{"statusCode":405,"error":"Method Not Allowed"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestPaging(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := open(t, d, clk)
		h.record("one", "auth0|1", signedIn, quiet, wrong, signedIn, quiet)
		h.record("two", "auth0|9", wrong, wrong)
		h.record("one", "auth0|2", wrong)
		_, ids := h.shown("/api/v2/logs?sort=date:1")
		for _, tt := range []struct{ name, query, want string }{
			{"the newest first, without kinds that have no code or are another tenant's", "", "fp s fp s"},
			{"the oldest first", "sort=date:1", "s fp s fp"},
			{"the first page", "page=0&per_page=3", "fp s fp"},
			{"the second page", "page=1&per_page=3", "s"},
			{"beyond the end", "page=2&per_page=3", ""},
			{"from the beginning by checkpoint", "take=2", "s fp"},
			{"after an event, oldest first", "take=2&from=" + ids[0], "fp s"},
			{"the checkpoint form wins", "page=7&from=" + ids[2], "fp"},
			{"after the newest", "from=" + ids[3], ""},
			{"by type", "q=" + url.QueryEscape(`type:"fp"`), "fp fp"},
			{"by user and type", "q=" + url.QueryEscape(`user_id:"auth0|1" AND type:fp`), "fp"},
			{"by application", "q=client_id:Wm3k&per_page=1", "fp"},
			{"by a user who did nothing", "q=" + url.QueryEscape(`user_id:"auth0|9"`), ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if got, _ := h.shown("/api/v2/logs?" + tt.query); got != tt.want {
					t.Errorf("%q, want %q", got, tt.want)
				}
			})
		}
		sorted := slices.Clone(ids)
		slices.Sort(sorted)
		if !slices.Equal(ids, sorted) {
			t.Errorf("ids do not sort by time: %v", ids)
		}
		a := h.get("one.example", "one", "/api/v2/logs?include_totals=true&per_page=1&page=1&fields=type")
		if a.body != `{"start":1,"limit":1,"length":1,"total":4,"logs":[{"type":"s"}]}` {
			t.Errorf("with totals: %s", a.body)
		}
		a = h.get("one.example", "one", "/api/v2/logs?take=1")
		if want := "<https://one.example/api/v2/logs?from=" + ids[0] + `&take=1>; rel="next"`; a.header.Get("Link") != want {
			t.Errorf("Link %s, want %s", a.header.Get("Link"), want)
		}
	})
}

func TestOneLog(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	h.record("two", "auth0|9", signedIn)
	h.record("one", "auth0|1", signedIn, quiet)
	_, ids := h.shown("/api/v2/logs")
	own := ids[0]
	digits := func(id string, position int) string { return id[:len(id)-1] + fmt.Sprint(position) }
	for _, tt := range []struct {
		name, path string
		status     int
		body       string // begins so
	}{
		{"an event", own, 200, `{"_id":"` + own},
		{"some of its members", own + "?fields=type,ip", 200, `{"ip":"192.0.2.7","type":"s"}`},
		{"all but some", own + "?include_fields=false&fields=_id,log_id", 200, `{"audience":`},
		{"another tenant's position", digits(own, 0), 404, `{"statusCode":404,"error":"Not Found","message":"Log not found"}`},
		{"an event without a code", digits(own, 2), 404, `{"statusCode":404`},
		{"a position that is not there", digits(own, 9), 404, `{"statusCode":404`},
		{"the right position with another time", "900" + "20250101000000000" + own[20:], 404, `{"statusCode":404`},
		{"not an id", "abc", 400, `{"statusCode":400,"error":"Bad Request","message":"Path validation error: `},
		{"an id that overflows", "900" + strings.Repeat("9", 53), 400, `{"statusCode":400`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := h.get("one.example", "one", "/api/v2/logs/"+tt.path)
			if a.status != tt.status || !strings.HasPrefix(a.body, tt.body) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestARequestThatIsRefused(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	h := open(t, dbtest.Open(t, clk), clk)
	for _, tt := range []struct{ name, query string }{
		{"a page that is no number", "page=x"},
		{"a negative page", "page=-1"},
		{"more than a hundred", "per_page=101"},
		{"beyond the first thousand", "page=20&per_page=50"},
		{"a checkpoint that is no id", "from=abc"},
		{"a take of nothing", "take=0"},
		{"an unknown order", "sort=type:1"},
		{"a boolean that is none", "include_totals=yes"},
		{"a parameter given twice", "page=1&page=2"},
		{"an OR", "q=" + url.QueryEscape("type:s OR type:f")},
		{"a wildcard", "q=" + url.QueryEscape("type:s*")},
		{"a field that cannot be searched", "q=" + url.QueryEscape("ip:192.0.2.7")},
		{"a term without a field", "q=alice"},
		{"an open quote", "q=" + url.QueryEscape(`user_id:"auth0|1`)},
		{"a dangling AND", "q=" + url.QueryEscape("type:s AND ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := h.get("one.example", "one", "/api/v2/logs?"+tt.query)
			if a.status != http.StatusBadRequest || !strings.HasPrefix(a.body, `{"statusCode":400,"error":"Bad Request","message":"`) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

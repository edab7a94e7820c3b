package manage

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// repository is the root, and beside it lie the published schemas.
const (
	repository = "../.."
	schemas    = repository + "/../shared/auth0/log-schemas/log-types"
)

// registered finds the log type of every kind that any package registers, in
// the source: packages that this test does not import count too.
func registered(t *testing.T) map[string]string {
	t.Helper()
	codes := map[string]string{} // to the place
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, ok := pair.Key.(*ast.Ident)
			value, literal := pair.Value.(*ast.BasicLit)
			if ok && literal && key.Name == "LogType" && value.Kind == token.STRING {
				if code, err := strconv.Unquote(value.Value); err == nil && identifier(code) {
					codes[code] = files.Position(pair.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// identifier tells a code from the words for one on a page.
func identifier(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// schemaOf compiles the schema of a log type; formats are asserted.
func schemaOf(t *testing.T, code string) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	path := filepath.Join(schemas, code+".schema.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("there is no published log type %q: %v", code, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	compiler.AssertFormat()
	compiled, err := compiler.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	var plain struct {
		Properties struct {
			Details struct {
				Properties map[string]any `json:"properties"`
			} `json:"details"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(raw, &plain); err != nil {
		t.Fatal(err)
	}
	return compiled, plain.Properties.Details.Properties
}

var (
	testTenant = &tenant.Tenant{ID: "default", Name: "Default", Host: "id.example.com", Issuer: "https://id.example.com/"}
	testTime   = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
)

func validate(t *testing.T, schema *jsonschema.Schema, e *journal.Entry) {
	t.Helper()
	s := &Service{Environment: "production"}
	raw, err := json.Marshal(s.logOf(testTenant, e))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(shown); err != nil {
		t.Errorf("details %v: %v", e.Details, err)
	}
}

// variants are an event as bare and as full as it can be.
func variants(kind *journal.Kind) map[string]*journal.Entry {
	bare := &journal.Entry{Position: 0, Tenant: "default", At: testTime, KindName: kind.Name, Kind: kind, Actor: journal.Ref{}}
	hidden := *bare
	hidden.Erased, hidden.Actor = true, journal.Ref{ID: "auth0|1"}
	full := &journal.Entry{
		Position: 12_345, Tenant: "default", At: testTime, KindName: kind.Name, Kind: kind, Description: "Why it was so.",
		Actor:  journal.Ref{Type: "user", ID: "auth0|1", Name: "grace@example.com"},
		Object: journal.Ref{Type: "client", ID: "Wm3k", Name: "Fieldnotes"},
		Related: []journal.Ref{{Type: "connection", ID: "con_1", Name: "Username-Password-Authentication"}, {Type: "session", ID: "s1"},
			{Type: "api", ID: "https://api.example.com", Name: "Notes"}, {Type: "grant", ID: "g1"}},
		Source: journal.Source{IP: netip.MustParseAddr("2001:db8::7"), UserAgent: "Mozilla/5.0 (iPhone) Mobile/1", Host: "id.example.com:8443",
			RequestID: "r1", Auth0Client: "eyJuYW1lIjoiYXV0aDAuanMiLCJ2ZXJzaW9uIjoiOS4yNi4xIn0="},
		Details: map[string]any{"scope": "openid email", "audience": "https://api.example.com", "error": "access_denied",
			"redirect_uri": "https://app.example.com/callback", "access_token_jti": "j1", "refresh_token": true, "return_to": "https://app.example.com/"},
	}
	mapped := *full
	mapped.Source.IP = netip.MustParseAddr("::ffff:192.0.2.7")
	mapped.Details = map[string]any{"scopes": []any{"openid", "email"}}
	return map[string]*journal.Entry{"bare": bare, "erased": &hidden, "full": full, "from a mapped address": &mapped}
}

func TestEveryLogTypeAgreesWithItsSchema(t *testing.T) {
	codes := registered(t)
	if len(codes) == 0 {
		t.Fatal("no package registers a log type")
	}
	if _, err := os.Stat(schemas); err != nil {
		t.Skipf("NOT CHECKED: the published log schemas are not beside the repository (%v)", err)
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		t.Run(code, func(t *testing.T) {
			t.Log(codes[code])
			schema, members := schemaOf(t, code)
			kind := &journal.Kind{Name: "test." + code, Title: code, LogType: code}
			for name, e := range variants(kind) {
				t.Run(name, func(t *testing.T) { validate(t, schema, e) })
			}
			// Callers write details in their own words: none of them may break the log.
			for member := range members {
				for _, value := range []any{"text", "", true, 3.5, nil, []any{}, []any{"text", 1.0}, map[string]any{}, map[string]any{"a": 1.0}} {
					e := *variants(kind)["full"]
					e.Details = map[string]any{member: value}
					validate(t, schema, &e)
				}
			}
		})
	}
}

func TestWhatALogEventShows(t *testing.T) {
	kind := &journal.Kind{Name: "test.s", LogType: "s"}
	full := variants(kind)["full"]
	s := &Service{Environment: "production"}
	l := s.logOf(testTenant, full)
	for _, tt := range []struct{ name, got, want string }{
		{"the id holds time and position", l.LogID, "90020260301120000123000000000000000000000000000000012345"},
		{"the date has milliseconds", l.Date, "2026-03-01T12:00:00.123Z"},
		{"the host stands without its port", l.Hostname, "id.example.com"},
		{"the user by id", l.UserID, "auth0|1"},
		{"the user by name", l.UserName, "grace@example.com"},
		{"the application by id", *l.ClientID, "Wm3k"},
		{"the connection by name", l.Connection, "Username-Password-Authentication"},
		{"the strategy of database connections", l.Strategy + " " + l.StrategyType, "auth0 database"},
		{"the SDK that asked", l.Auth0Client["name"].(string), "auth0.js"},
		{"the audience", l.Audience, "https://api.example.com"},
		{"the scope", l.Scope, "openid email"},
		{"the session in the details", l.Details["session_id"].(string), "s1"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if !l.IsMobile || len(l.LogID) != 56 {
		t.Errorf("mobile %v, id of %d digits", l.IsMobile, len(l.LogID))
	}
	if position, at, ok := parseLogID(l.LogID); !ok || position != 12_345 || !at.Equal(testTime.Truncate(time.Millisecond)) {
		t.Errorf("the id reads back as %d at %v, %v", position, at, ok)
	}
	if shown(&journal.Entry{Kind: &journal.Kind{Name: "test.quiet"}}) || shown(&journal.Entry{}) {
		t.Error("an event without a log type is shown")
	}
}

func TestAuth0ClientHeader(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		want         int // members
	}{
		{"nothing", "", 0},
		{"an object in base64", "eyJuYW1lIjoiYSIsInZlcnNpb24iOiIxIn0=", 2},
		{"an object in base64url without padding", "eyJuYW1lIjoiYSIsInZlcnNpb24iOiIxIn0", 2},
		{"text", "auth0.js", 0},
		{"an array", "WzEsMl0=", 0},
		{"too long", strings.Repeat("e", 5000), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := auth0Client(tt.header); len(got) != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func FuzzLogID(f *testing.F) {
	for _, seed := range []string{"", "900", "90020260301120000123000000000000000000000000000000012345", "90020261301120000123000000000000000000000000000000012345",
		"9002026030112000012399999999999999999999999999999999999x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		position, at, ok := parseLogID(id)
		if ok && logID(&journal.Entry{Position: position, At: at}) != id {
			t.Errorf("%q reads as %d at %v, which is written otherwise", id, position, at)
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"type:s", `user_id:"auth0|1" AND type:fp`, "type:(s OR f)", "type:s AND", `user_id:"`, ":", "a:b c"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, q string) {
		if terms, err := parseSearch(q); err == nil {
			terms.match(variants(&journal.Kind{LogType: "s"})["full"])
		}
	})
}

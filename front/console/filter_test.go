package console

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

var wrongPassword = &journal.Entry{
	Tenant: "default", KindName: "login.password_wrong", Kind: &journal.Kind{Name: "login.password_wrong", Title: "Wrong password", LogType: "fp", Failure: true},
	Actor: journal.Ref{Type: "user", ID: "auth0|7", Name: "Alice@example.com"}, Object: journal.Ref{Type: "client", ID: "Wm3k", Name: "Field notes"},
	Related: []journal.Ref{{Type: "connection", ID: "con_1", Name: "Main"}},
	Source:  journal.Source{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "Mozilla/5.0 Firefox", Host: "id.example.com", RequestID: "r77"},
}

var fromAfar = &journal.Entry{Tenant: "default", KindName: "from.afar", Source: journal.Source{IP: netip.MustParseAddr("2001:db8::1")}}

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		entry      *journal.Entry
		want       bool
	}{
		{"nothing matches everything", "", wrongPassword, true},
		{"only spaces", "  \t ", wrongPassword, true},
		{"every key at once", `kind:login ip:192.0.2.7 outcome:failure tenant:default alice`, wrongPassword, true},
		{"one term that does not match", `kind:login outcome:success`, wrongPassword, false},
		{"a kind", "kind:login.password_wrong", wrongPassword, true},
		{"a family of kinds", "kind:login", wrongPassword, true},
		{"a family with its dot", "kind:login.", wrongPassword, true},
		{"the beginning of a word is no family", "kind:log", wrongPassword, false},
		{"keys in any case", "KIND:Login", wrongPassword, true},
		{"a network", "ip:192.0.2.0/24", wrongPassword, true},
		{"another network", "ip:198.51.100.0/24", wrongPassword, false},
		{"an IPv6 address with a key", "ip:2001:db8::1", fromAfar, true},
		{"an IPv6 address alone", "2001:db8::1", fromAfar, true},
		{"an event of a kind that this version does not know", "outcome:success", fromAfar, false},
		{"a user by id", "user:auth0|7", wrongPassword, true},
		{"a user by name in another case", "user:alice@EXAMPLE.com", wrongPassword, true},
		{"a part of a name is not the name", "user:alice", wrongPassword, false},
		{"an application by a name in quotes", `client:"Field notes"`, wrongPassword, true},
		{"a user is no application", "client:auth0|7", wrongPassword, false},
		{"a tenant", "tenant:other", wrongPassword, false},
		{"a log type", "type:fp", wrongPassword, true},
		{"a request", "request:r77", wrongPassword, true},
		{"a word in the user agent", "firefox", wrongPassword, true},
		{"a word in something related", "main", wrongPassword, true},
		{"a phrase in quotes", `"field notes"`, wrongPassword, true},
		{"a phrase that is not there", `"notes field"`, wrongPassword, false},
		{"a colon in quotes", `"id:example"`, wrongPassword, false},
		{"two words that stand apart", "notes alice", wrongPassword, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := parseFilter(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(tt.entry); got != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestAFilterThatIsNotUnderstood(t *testing.T) {
	for _, tt := range []struct{ name, text, says string }{
		{"an unknown key", "colour:red", `does not know "colour:"`},
		{"an address in a browser's form", "https://id.example.com", "in quotes"},
		{"an outcome that is none", "outcome:maybe", "success or failure"},
		{"an address that is none", "ip:example.com", "neither an IP address"},
		{"a key without a value", "kind:", "Nothing stands after"},
		{"a key with its value apart", "kind: login", "Nothing stands after"},
		{"an open quote", `client:"Field`, "not closed"},
		{"too many words", strings.Repeat("a ", 21), "at most 20 words"},
		{"too long", strings.Repeat("a", 501), "at most 500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseFilter(tt.text)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Public(err), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"", "kind:login ip:192.0.2.7 outcome:failure tenant:default alice", `client:"a b" "c:d"`, `"`, ":", `a:"`, "ip:::1", "\x00\n", "a\"b\"c"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if parsed, err := parseFilter(text); err == nil {
			parsed.Match(wrongPassword)
		}
	})
}

func TestSafeReturn(t *testing.T) {
	for _, tt := range []struct{ name, to, want string }{
		{"the journal with its filter", "/console/journal?q=a+b", "/console/journal?q=a+b"},
		{"an event", "/console/journal/7", "/console/journal/7"},
		{"the checks", "/console/checks", "/console/checks"},
		{"nothing", "", "/console/"},
		{"another site", "https://evil.example/console/journal", "/console/"},
		{"another site without a scheme", "//evil.example/console/journal", "/console/"},
		{"another site by backslash", `/\evil.example`, "/console/"},
		{"a script", "javascript:alert(1)//console/journal", "/console/"},
		{"a way out by dots", "/console/journal/../../authorize", "/console/"},
		{"a way out by encoded dots", "/console/journal/%2e%2e/%2e%2e/authorize", "/console/"},
		{"another page of this host", "/oidc/logout", "/console/"},
		{"a part of a page", "/console/journal/live", "/console/"},
		{"a line break", "/console/journal\r\nSet-Cookie: a=b", "/console/"},
		{"too long", "/console/journal?q=" + strings.Repeat("a", 2000), "/console/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := safeReturn(tt.to); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

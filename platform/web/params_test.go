package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

const (
	form    = "application/x-www-form-urlencoded"
	asJSON  = "application/json"
	refused = "(refused)"
)

// spell writes values on one line, or "(refused)".
func spell(v web.Values, err error) string {
	if err != nil {
		return refused
	}
	var b strings.Builder
	for name, value := range v.All() {
		fmt.Fprintf(&b, "%s=%s;", name, value)
	}
	return b.String()
}

func TestParams(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, body, want string
	}{
		{"a form is read in order", form, "b=2&a=1", "b=2;a=1;"},
		{"a form says its charset", form + "; charset=UTF-8", "a=1", "a=1;"},
		{"plus and percent are undone", form, "a=x+y%2Bz%26", "a=x y+z&;"},
		{"names are undone too", form, "%61+b=1", "a b=1;"},
		{"an equals sign belongs to the value", form, "a=b=c", "a=b=c;"},
		{"a semicolon belongs to the value", form, "a=b;c=d", "a=b;c=d;"},
		{"empty pairs are nothing", form, "&&a=1&", "a=1;"},
		{"a parameter without a value is absent", form, "a=&b&c=1", "c=1;"},
		{"a parameter twice is refused", form, "a=1&a=2", refused},
		{"also with the same value", form, "a=1&a=1", refused},
		{"also without a value", form, "a=&a=1", refused},
		{"also when one is spelt in percent", form, "a=1&%61=2", refused},
		{"a value without a name is refused", form, "=1", refused},
		{"a percent sign alone is refused", form, "a=%", refused},
		{"percent and one digit is refused", form, "a=%4", refused},
		{"percent and no digits is refused", form, "a=%zz", refused},
		{"a NUL is refused", form, "a=x%00y", refused},
		{"a NUL in a name is refused", form, "a%00=1", refused},
		{"bytes that are not UTF-8 are refused", form, "a=\xff", refused},
		{"also in percent", form, "a=%ff", refused},
		{"an overlong encoding is refused", form, "a=%c0%80", refused},
		{"too many parameters are refused", form, strings.Repeat("a&", 200), refused},
		{"a name without end is refused", form, strings.Repeat("a", 300) + "=1", refused},
		{"a value without end is refused", form, "a=" + strings.Repeat("a", 300<<10), refused},
		{"no body is no parameters", "", "", ""},
		{"a body without a type is refused", "", "a=1", refused},
		{"another type is refused", "text/plain", "a=1", refused},
		{"multipart is refused", "multipart/form-data; boundary=x", "--x--", refused},
		{"another charset is refused", form + "; charset=utf-7", "a=1", refused},
		{"a type that cannot be read is refused", form + "; charset", "a=1", refused},

		{"an object is read in order", asJSON, `{"b":"2","a":"1"}`, "b=2;a=1;"},
		{"numbers and booleans are spelt", asJSON, `{"a":12,"b":1e3,"c":true,"d":false}`, "a=12;b=1e3;c=true;d=false;"},
		{"null is absent", asJSON, `{"a":null}`, ""},
		{"space around an object is nothing", asJSON, " {\"a\":\"1\"}\n", "a=1;"},
		{"a name twice is refused, though JSON permits it", asJSON, `{"a":"1","a":"2"}`, refused},
		{"also when one is escaped", asJSON, `{"a":"1","\u0061":"2"}`, refused},
		{"a list is refused", asJSON, `{"a":["1"]}`, refused},
		{"an object inside is refused", asJSON, `{"a":{"b":"1"}}`, refused},
		{"a NUL is refused in JSON", asJSON, `{"a":"x\u0000"}`, refused},
		{"bytes that are not UTF-8 are refused in JSON", asJSON, "{\"a\":\"\xff\"}", refused},
		{"half an object is refused", asJSON, `{"a":"1"`, refused},
		{"a missing comma is refused", asJSON, `{"a":"1" "b":"2"}`, refused},
		{"a trailing comma is refused", asJSON, `{"a":"1",}`, refused},
		{"something after the object is refused", asJSON, `{"a":"1"}x`, refused},
		{"a second object is refused", asJSON, `{"a":"1"}{"b":"2"}`, refused},
		{"a bare string is refused", asJSON, `"a"`, refused},
		{"an empty JSON body is refused", asJSON, "", refused},
		{"too many members are refused", asJSON, manyMembers(), refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/oauth/token?ignored=1", strings.NewReader(tt.body))
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			v, err := web.Params(r)
			if diff := cmp.Diff(tt.want, spell(v, err)); diff != "" {
				t.Errorf("%s%v", diff, err)
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("not the caller's fault: %v", err)
			}
		})
	}
}

func manyMembers() string {
	var b strings.Builder
	for i := range 101 {
		fmt.Fprintf(&b, `,"a%d":"1"`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestParamsOfGetAreItsQuery(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"the query is read", "?client_id=a&scope=openid+email", "client_id=a;scope=openid email;"},
		{"no query is no parameters", "", ""},
		{"twice is refused", "?state=1&state=2", refused},
		{"malformed is refused", "?state=%zz", refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/authorize", nil)
			r.URL.RawQuery = strings.TrimPrefix(tt.query, "?")
			if got := spell(web.Params(r)); got != tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestParamsTellWhy(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("x"))
	r.Header.Set("Content-Type", "text/plain")
	if _, err := web.Params(r); !errors.Is(err, web.ErrMediaType) {
		t.Errorf("a surface cannot answer 415: %v", err)
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader("x"))
	r.Header.Set("Content-Type", form)
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := web.Params(r); !errors.Is(err, web.ErrMediaType) {
		t.Errorf("a compressed body is not told: %v", err)
	}
	_, err := web.ParseForm(`a"b=1&a"b=2`)
	if said := fault.Public(err); strings.Contains(said, `"`) {
		t.Errorf("the description breaks RFC 6749 §5.2: %s", said)
	}
}

// FuzzForm holds what is accepted against net/url's reading of the same text.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a=%zz", "a=%00", "a+b=c%20d", "=", "&&&", "a=1&%61=2", "a=\xff", "a;b=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := web.ParseForm(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		want, err := url.ParseQuery(strings.ReplaceAll(text, ";", "%3B"))
		if err != nil {
			t.Fatalf("%q was accepted, but %v", text, err)
		}
		for name, values := range want {
			if len(values) != 1 || v.Get(name) != values[0] {
				t.Errorf("%q: %q is %q, want %q", text, name, v.Get(name), values)
			}
		}
		for name, value := range v.All() {
			if strings.ContainsRune(name+value, 0) || !utf8.ValidString(name+value) || want.Get(name) != value {
				t.Errorf("%q let through %q=%q", text, name, value)
			}
		}
	})
}

// FuzzObject holds what is accepted against encoding/json's reading.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":"1"}`, `{"a":1,"b":true,"c":null}`, `{"a":"1","a":"2"}`, `{"a":"1",}`, `{"a" "b"}`, `{"a":"\ud800"}`, `[]`, ` {} `} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", asJSON)
		v, err := web.Params(r)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		var want map[string]any
		decoder := json.NewDecoder(strings.NewReader(body))
		decoder.UseNumber() // a number out of float64's range is still JSON
		if err := decoder.Decode(&want); err != nil || decoder.More() {
			t.Fatalf("%q was accepted, but %v", body, err)
		}
		for name, value := range maps.Collect(v.All()) {
			if text, ok := want[name].(string); ok && text != value || strings.ContainsRune(value, 0) {
				t.Errorf("%q: %q is %q, want %v", body, name, value, want[name])
			}
		}
	})
}

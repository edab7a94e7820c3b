package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

type blockRequest struct {
	Reason string         `json:"reason"`
	Days   int            `json:"days"`
	More   map[string]any `json:"more"`
}

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, body string
		says                    string // "" when it is read
	}{
		{"a body is read", asJSON, `{"reason":"spam","days":3}`, ""},
		{"so is one with a charset", asJSON + "; charset=utf-8", `{"reason":"spam"}`, ""},
		{"so is a structured type", "application/scim+json", `{"reason":"spam"}`, ""},
		{"an escaped backslash before u0000 is only text", asJSON, `{"reason":"\\u0000"}`, ""},
		{"an unknown field is refused by name", asJSON, `{"reazon":"spam"}`, `The field "reazon" is not known.`},
		{"an unknown field inside is refused too", asJSON, `{"reason":"x","extra":{}}`, `The field "extra" is not known.`},
		{"a field twice is refused", asJSON, `{"days":1,"days":2}`, `The field "days" is given more than once.`},
		{"also deep inside", asJSON, `{"more":{"a":[{"b":1,"b":2}]}}`, `The field "b" is given more than once.`},
		{"another type of value is told", asJSON, `{"days":"three"}`, `The field "days" cannot be a JSON string.`},
		{"trailing data is refused", asJSON, `{"days":1} {"days":2}`, "The body has more than one JSON value."},
		{"trailing rubbish is refused", asJSON, `{"days":1}]`, "The body has more than one JSON value."},
		{"half a body is refused", asJSON, `{"days":`, "The body is not valid JSON."},
		{"no body is refused", asJSON, ``, "The request needs a JSON body."},
		{"a NUL is refused", asJSON, `{"reason":"a\u0000"}`, "The JSON body holds a NUL character."},
		{"bytes that are not UTF-8 are refused", asJSON, "{\"reason\":\"\xff\"}", "The body of the request is not valid UTF-8."},
		{"nesting without end is refused", asJSON, `{"more":{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}}`, "The JSON body is nested too deeply."},
		{"a form is refused", form, "reason=spam", "The body must be application/json."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			_, err := web.Read[blockRequest](r)
			said := ""
			if err != nil {
				said = fault.Public(err)
			}
			if diff := cmp.Diff(tt.says, said); diff != "" {
				t.Errorf("%s%v", diff, err)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	w := httptest.NewRecorder()
	if err := web.Write(w, http.StatusCreated, map[string]string{"a": "<b>"}); err != nil {
		t.Fatal(err)
	}
	got := []string{w.Body.String(), w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), w.Header().Get("Content-Length")}
	if diff := cmp.Diff([]string{`{"a":"<b>"}`, "application/json", "no-store", "11"}, got); diff != "" {
		t.Error(diff)
	}
	w = httptest.NewRecorder()
	if err := web.Write(w, http.StatusOK, func() {}); err == nil || w.Body.Len() > 0 {
		t.Errorf("what cannot be written was half written: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{`{"reason":"spam"}`, `{"days":1}{}`, `{"more":{"a":[1,{"b":null}]}}`, `{"a"`, `{"reason" "x"}`, `{"days":1e999}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", asJSON)
		if _, err := web.Read[blockRequest](r); err != nil && fault.KindOf(err).Status() >= 500 {
			t.Errorf("%q: %v", body, err)
		}
	})
}

package web

import (
	"iter"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Bounds of request parameters.
const (
	maxParams     = 100
	maxParamName  = 256       // bytes
	maxParamValue = 256 << 10 // bytes; a signed request object is the longest
)

// Values are request parameters, each given once. A parameter without a value
// counts as absent (RFC 6749 §3.1, §3.2).
type Values struct{ list []param }

type param struct{ name, value string }

// Get is the parameter's value, or "".
func (v Values) Get(name string) string {
	for i := range v.list {
		if v.list[i].name == name {
			return v.list[i].value
		}
	}
	return ""
}

// Has reports whether the parameter was given with a value.
func (v Values) Has(name string) bool { return v.Get(name) != "" }

// All are the parameters that have a value, in the order given.
func (v Values) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, p := range v.list {
			if p.value != "" && !yield(p.name, p.value) {
				return
			}
		}
	}
}

// Params reads the request's parameters: the query of GET and HEAD, else the
// body, as a form or as a JSON object of strings, numbers and booleans. What is
// malformed, given twice (RFC 6749 §3.1, §3.2), not UTF-8, or holds a NUL is
// Invalid; a content type that is neither has the cause ErrMediaType.
func Params(r *http.Request) (Values, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ParseForm(r.URL.RawQuery)
	}
	kind, err := mediaType(r)
	if err != nil {
		return Values{}, err
	}
	body, err := readBody(r)
	if err != nil {
		return Values{}, err
	}
	switch {
	case kind == formType:
		return ParseForm(body)
	case kind == jsonType:
		return parseObject(body)
	case kind == "" && body == "":
		return Values{}, nil
	}
	return Values{}, unsupported("The body must be application/x-www-form-urlencoded or application/json.")
}

// add appends a decoded parameter after the checks that both formats share. It
// names a parameter in the error only when the name is plain.
func (v *Values) add(name, value string) error {
	switch {
	case name == "" || len(name) > maxParamName || len(v.list) == maxParams:
		return fault.New(fault.Invalid, "The request's parameters are too many, or one has no fitting name.")
	case len(value) > maxParamValue:
		return fault.New(fault.Invalid, "A parameter's value is too long.")
	case !clean(name) || !clean(value):
		return fault.New(fault.Invalid, "A parameter holds characters that are not allowed.")
	}
	for i := range v.list {
		if v.list[i].name == name {
			return fault.Newf(fault.Invalid, "The parameter %s is given more than once.", shown(name))
		}
	}
	v.list = append(v.list, param{name, value})
	return nil
}

// clean is what databases and pages can hold: UTF-8 without NUL.
func clean(s string) bool {
	return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s)
}

// shown is a name fit for an error_description (RFC 6749 §5.2 allows printable
// ASCII without quotes and backslash).
func shown(name string) string {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return "(unprintable)"
		}
	}
	return name
}

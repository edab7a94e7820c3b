package web

import (
	"encoding/json"
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

// ParseForm reads application/x-www-form-urlencoded text by the rules of Params.
func ParseForm(text string) (Values, error) {
	if text == "" {
		return Values{}, nil
	}
	count := strings.Count(text, "&") + 1
	if count > maxParams {
		return Values{}, fault.Newf(fault.Invalid, "A request has at most %d parameters.", maxParams)
	}
	v := Values{make([]param, 0, count)}
	for more := true; more; {
		var pair string
		pair, text, more = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, ok := unescape(rawName)
		if !ok {
			return Values{}, fault.New(fault.Invalid, "A parameter's name is not well encoded.")
		}
		value, ok := unescape(rawValue)
		if !ok {
			return Values{}, fault.New(fault.Invalid, "A parameter's value is not well encoded.")
		}
		if err := v.add(name, value); err != nil {
			return Values{}, err
		}
	}
	return v, nil
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

// unescape undoes percent-encoding and "+". Text without either is returned as
// it is, so an ordinary token request copies nothing.
func unescape(s string) (string, bool) {
	first := strings.IndexAny(s, "%+")
	if first < 0 {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:first])
	for i := first; i < len(s); i++ {
		switch s[i] {
		case '+':
			b.WriteByte(' ')
		case '%':
			if i+2 >= len(s) {
				return "", false
			}
			high, low := unhex(s[i+1]), unhex(s[i+2])
			if high < 0 || low < 0 {
				return "", false
			}
			b.WriteByte(byte(high<<4 | low))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), true
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// parseObject reads a flat JSON object. It goes token by token, because
// encoding/json would keep the last of two equal names in silence.
func parseObject(body string) (Values, error) {
	malformed := fault.New(fault.Invalid, "The body must be a JSON object whose values are strings, numbers or booleans.")
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return Values{}, malformed
	}
	var v Values
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return Values{}, malformed
		}
		token, err := decoder.Token()
		if err != nil {
			return Values{}, malformed
		}
		var value string
		switch t := token.(type) {
		case string:
			value = t
		case json.Number:
			value = t.String()
		case bool:
			if value = "false"; t {
				value = "true"
			}
		case nil:
		default:
			return Values{}, malformed
		}
		if err := v.add(name.(string), value); err != nil {
			return Values{}, err
		}
	}
	if _, err := decoder.Token(); err != nil || decoder.InputOffset() != int64(len(strings.TrimRight(body, " \t\r\n"))) {
		return Values{}, malformed
	}
	return v, nil
}

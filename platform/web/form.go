package web

import (
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

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

package manage

import (
	"strings"

	"github.com/gatehouse/gatehouse/platform/journal"
)

// A search is terms in Lucene's words, all of which must match: field:value,
// joined by AND. Other forms are refused, never misunderstood.
type search []func(*journal.Entry) bool

// searched are the fields of a log event that a term can name.
var searched = map[string]func(e *journal.Entry) string{
	"type":       func(e *journal.Entry) string { return e.Kind.LogType },
	"user_id":    func(e *journal.Entry) string { return e.Ref("user").ID },
	"client_id":  func(e *journal.Entry) string { return e.Ref("client").ID },
	"connection": func(e *journal.Entry) string { return e.Ref("connection").Name },
}

const (
	mostQuery   = 500 // bytes
	unsupported = "only terms such as type:s, user_id:\"auth0|1\", client_id:x and connection:x are supported in q, joined by AND"
)

func parseSearch(q string) (search, error) {
	if len(q) > mostQuery {
		return nil, badQuery("q is too long")
	}
	var found search
	rest := strings.TrimSpace(q)
	for rest != "" {
		name, after, ok := strings.Cut(rest, ":")
		of := searched[name]
		if !ok || of == nil {
			return nil, badQuery(unsupported)
		}
		value, after, ok := searchValue(after)
		if !ok {
			return nil, badQuery(unsupported)
		}
		found = append(found, func(e *journal.Entry) bool { return of(e) == value })
		if rest = strings.TrimSpace(after); rest == "" {
			break
		}
		and, more := strings.CutPrefix(rest, "AND ")
		if rest = strings.TrimSpace(and); !more || rest == "" {
			return nil, badQuery(unsupported)
		}
	}
	return found, nil
}

// searchValue takes a quoted or a bare value off the front. What Lucene would
// read as more than a value is refused.
func searchValue(text string) (value, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(text, `"`); found {
		value, rest, ok = strings.Cut(quoted, `"`)
		return value, rest, ok && value != "" && !strings.Contains(value, `\`) && (rest == "" || rest[0] == ' ')
	}
	value, rest, _ = strings.Cut(text, " ")
	return value, rest, value != "" && !strings.ContainsAny(value, `*?~^()[]{}"\:/<>`)
}

// match reports whether the logs show the event and every term fits.
func (terms search) match(e *journal.Entry) bool {
	if !shown(e) {
		return false
	}
	for _, term := range terms {
		if !term(e) {
			return false
		}
	}
	return true
}

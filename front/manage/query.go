package manage

import (
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/platform/journal"
)

// A search is terms in Lucene's words, all of which must match: field:value,
// joined by AND. Other forms are refused, never misunderstood.
type search struct {
	types []string // of type: terms, which the database answers
	terms []func(*journal.Entry) bool
}

// searched are the fields that an event must be opened for.
var searched = map[string]func(e *journal.Entry) string{
	"user_id":    func(e *journal.Entry) string { return e.Ref("user").ID },
	"client_id":  func(e *journal.Entry) string { return e.Ref("client").ID },
	"connection": func(e *journal.Entry) string { return e.Ref("connection").Name },
}

const (
	mostQuery   = 500 // bytes
	unsupported = "only terms such as type:s, user_id:\"auth0|1\", client_id:x and connection:x are supported in q, joined by AND"
)

func parseSearch(q string) (found search, err error) {
	if len(q) > mostQuery {
		return found, badQuery("q is too long")
	}
	rest := strings.TrimSpace(q)
	for rest != "" {
		name, after, ok := strings.Cut(rest, ":")
		of := searched[name]
		if !ok || (of == nil && name != "type") {
			return found, badQuery(unsupported)
		}
		value, after, ok := searchValue(after)
		if !ok {
			return found, badQuery(unsupported)
		}
		if of == nil {
			found.types = append(found.types, value)
		} else {
			found.terms = append(found.terms, func(e *journal.Entry) bool { return of(e) == value })
		}
		if rest = strings.TrimSpace(after); rest == "" {
			break
		}
		and, more := strings.CutPrefix(rest, "AND ")
		if rest = strings.TrimSpace(and); !more || rest == "" {
			return found, badQuery(unsupported)
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

// kinds are the names of the kinds that the logs show and the search asks for.
func (q search) kinds() (names []string) {
	for _, k := range journal.Kinds() {
		other := func(t string) bool { return t != k.LogType }
		if k.LogType != "" && !slices.ContainsFunc(q.types, other) {
			names = append(names, k.Name)
		}
	}
	return names
}

// match reports whether every term that needs the event opened fits.
func (q search) match(e *journal.Entry) bool {
	for _, term := range q.terms {
		if !term(e) {
			return false
		}
	}
	return true
}

package console

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// A filter is words, all of which must match. A word alone matches anywhere in
// the event; key:value narrows down; "quotes" keep spaces and colons together.
type filter struct {
	text   string
	tenant string // of a tenant: term, which the database narrows down by
	terms  []func(*journal.Entry) bool
}

const (
	mostFilter = 500 // bytes
	mostTerms  = 20
)

// filterKeys are the keys and how each reads its value.
var filterKeys = []struct {
	key  string
	term func(value string) (func(*journal.Entry) bool, error)
}{
	{"kind", kindTerm},
	{"outcome", outcomeTerm},
	{"ip", addressTerm},
	{"user", refTerm("user", "staff")},
	{"client", refTerm("client")},
	{"tenant", func(v string) (func(*journal.Entry) bool, error) {
		return func(e *journal.Entry) bool { return e.Tenant == v }, nil
	}},
	{"type", func(v string) (func(*journal.Entry) bool, error) {
		return func(e *journal.Entry) bool { return e.Kind != nil && e.Kind.LogType == v }, nil
	}},
	{"request", func(v string) (func(*journal.Entry) bool, error) {
		return func(e *journal.Entry) bool { return e.Source.RequestID == v }, nil
	}},
}

// parseFilter reads what was typed. Errors: fault.Invalid with a sentence.
func parseFilter(text string) (*filter, error) {
	f := &filter{text: text}
	if len(text) > mostFilter {
		return f, fault.Newf(fault.Invalid, "A filter has at most %d characters.", mostFilter)
	}
	words, err := splitFilter(text)
	if err != nil {
		return f, err
	}
	if len(words) > mostTerms {
		return f, fault.Newf(fault.Invalid, "A filter has at most %d words.", mostTerms)
	}
	for _, w := range words {
		term, err := w.term()
		if err != nil {
			return f, err
		}
		f.terms = append(f.terms, term)
		if w.key == "tenant" {
			f.tenant = w.value
		}
	}
	return f, nil
}

// Match reports whether every term matches.
func (f *filter) Match(e *journal.Entry) bool {
	for _, term := range f.terms {
		if !term(e) {
			return false
		}
	}
	return true
}

type word struct{ key, value string }

func (w word) term() (func(*journal.Entry) bool, error) {
	if w.key == "" {
		return anywhere(w.value), nil
	}
	for _, k := range filterKeys {
		if k.key == w.key {
			if w.value == "" {
				return nil, fault.Newf(fault.Invalid, "Nothing stands after %q.", w.key+":")
			}
			return k.term(w.value)
		}
	}
	return nil, fault.Newf(fault.Invalid, "A filter does not know %q. Put a word with a colon in quotes.", w.key+":")
}

// splitFilter cuts at spaces outside quotes. A word that begins with a quote
// has no key, and neither has an address with colons.
func splitFilter(text string) ([]word, error) {
	var words []word
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		var w word
		bare := rest
		if i := strings.IndexAny(rest, " \t\""); i >= 0 {
			bare = rest[:i]
		}
		if key, value, found := strings.Cut(bare, ":"); found && !isAddress(bare) {
			w.key, rest = strings.ToLower(key), rest[len(key)+1:]
			bare = value
		}
		if quoted, found := strings.CutPrefix(rest, `"`); found {
			value, after, closed := strings.Cut(quoted, `"`)
			if !closed {
				return nil, fault.New(fault.Invalid, "A quote is not closed.")
			}
			w.value, rest = value, after
		} else {
			w.value, rest = bare, rest[len(bare):]
		}
		if w != (word{}) {
			words = append(words, w)
		}
	}
	return words, nil
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// kindTerm matches a kind or a whole family of them: login is login.succeeded
// and login.failed.
func kindTerm(v string) (func(*journal.Entry) bool, error) {
	v = strings.TrimSuffix(strings.ToLower(v), ".")
	return func(e *journal.Entry) bool { return e.KindName == v || strings.HasPrefix(e.KindName, v+".") }, nil
}

func outcomeTerm(v string) (func(*journal.Entry) bool, error) {
	if v != "success" && v != "failure" {
		return nil, fault.New(fault.Invalid, "An outcome is success or failure.")
	}
	return func(e *journal.Entry) bool { return e.Kind != nil && e.Kind.Outcome() == v }, nil
}

// addressTerm matches an address or a network of them.
func addressTerm(v string) (func(*journal.Entry) bool, error) {
	if network, err := netip.ParsePrefix(v); err == nil {
		return func(e *journal.Entry) bool { return network.Contains(e.Source.IP) }, nil
	}
	address, err := netip.ParseAddr(v)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "%q is neither an IP address nor a network such as 192.0.2.0/24.", v)
	}
	address = address.Unmap()
	return func(e *journal.Entry) bool { return e.Source.IP == address }, nil
}

// refTerm matches the id, or the whole name, of something of those types.
func refTerm(types ...string) func(string) (func(*journal.Entry) bool, error) {
	return func(v string) (func(*journal.Entry) bool, error) {
		return func(e *journal.Entry) bool {
			for _, ref := range refs(e) {
				if slices.Contains(types, ref.Type) && (ref.ID == v || strings.EqualFold(ref.Name, v)) {
					return true
				}
			}
			return false
		}, nil
	}
}

func refs(e *journal.Entry) []journal.Ref {
	return append([]journal.Ref{e.Actor, e.Object}, e.Related...)
}

// anywhere matches a part of any text of the event, in any case.
func anywhere(v string) func(*journal.Entry) bool {
	v = strings.ToLower(v)
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), v) }
	return func(e *journal.Entry) bool {
		if has(e.KindName) || has(e.Description) || has(e.Tenant) || has(e.Source.UserAgent) || has(e.Source.Host) || has(e.Source.RequestID) {
			return true
		}
		if (e.Kind != nil && has(e.Kind.Title)) || (e.Source.IP.IsValid() && has(e.Source.IP.String())) {
			return true
		}
		return slices.ContainsFunc(refs(e), func(r journal.Ref) bool { return has(r.ID) || has(r.Name) })
	}
}

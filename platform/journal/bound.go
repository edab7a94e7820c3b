package journal

import (
	"strings"
	"unicode/utf8"
)

// How much of a text an event keeps, in bytes. Strangers choose some of these
// texts, and each of their requests is an event: what is not bounded here would
// be theirs to fill the disk with.
const (
	mostText    = 512  // of an id, a name or a header
	mostTelling = 1024 // of a description or a fact
	mostItems   = 64   // of a list of facts
)

// bounded is the envelope with its texts cut to what is kept.
func bounded(v envelope) envelope {
	v.Actor, v.Object = v.Actor.bounded(), v.Object.bounded()
	for i := range v.Related {
		if v.Related[i] != v.Related[i].bounded() {
			related := make([]Ref, len(v.Related))
			for i, r := range v.Related {
				related[i] = r.bounded()
			}
			v.Related = related
			break
		}
	}
	v.Source.UserAgent, v.Source.Host = cut(v.Source.UserAgent, mostText), cut(v.Source.Host, mostText)
	if len(v.Source.Auth0Client) > mostTelling {
		v.Source.Auth0Client = "" // Half of it would say nothing.
	}
	v.Description = cut(v.Description, mostTelling)
	v.Details = boundedDetails(v.Details)
	return v
}

func (r Ref) bounded() Ref {
	return Ref{cut(r.Type, mostText), cut(r.ID, mostText), cut(r.Name, mostText)}
}

// boundedDetails copies the facts only when one of them is too long.
func boundedDetails(details map[string]any) map[string]any {
	fits := true
	for _, fact := range details {
		fits = fits && factFits(fact)
	}
	if fits {
		return details
	}
	kept := make(map[string]any, len(details))
	for name, fact := range details {
		switch f := fact.(type) {
		case string:
			kept[name] = cut(f, mostTelling)
		case []string:
			list := make([]string, 0, min(len(f), mostItems))
			for _, item := range f[:min(len(f), mostItems)] {
				list = append(list, cut(item, mostText))
			}
			kept[name] = list
		default:
			kept[name] = fact
		}
	}
	return kept
}

func factFits(fact any) bool {
	switch f := fact.(type) {
	case string:
		return len(f) <= mostTelling
	case []string:
		for _, item := range f {
			if len(item) > mostText {
				return false
			}
		}
		return len(f) <= mostItems
	}
	return true
}

// cut keeps whole characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.Clone(s[:most]) // The rest of a long request is not held in memory by it.
}

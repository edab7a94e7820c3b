package journal

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Kind is one sort of event. Kinds are registered where they happen, by
// package variables, so that the list is complete before main runs.
type Kind struct {
	Name    string // district.noun.verb in words, e.g. "login.succeeded"
	Title   string // what happened, for a person: "Signed in"
	LogType string // the log type code of Auth0's tenant logs; "" where it has none
	Failure bool   // whether it tells of a refusal or failure
}

var (
	kindsMu sync.RWMutex
	kinds   = map[string]*Kind{}
)

// Register adds a kind. Two kinds of one name are a programming error and panic.
func Register(k Kind) *Kind {
	kindsMu.Lock()
	defer kindsMu.Unlock()
	if _, taken := kinds[k.Name]; taken || k.Name == "" || k.Title == "" {
		panic(fmt.Sprintf("journal: kind %q is registered twice, or has no name or title", k.Name))
	}
	kinds[k.Name] = &k
	return &k
}

// Lookup finds a registered kind; nil when this version does not know it.
func Lookup(name string) *Kind {
	kindsMu.RLock()
	defer kindsMu.RUnlock()
	return kinds[name]
}

// Kinds lists every registered kind by name.
func Kinds() []*Kind {
	kindsMu.RLock()
	defer kindsMu.RUnlock()
	return slices.SortedFunc(maps.Values(kinds), func(a, b *Kind) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// Outcome is "success" or "failure".
func (k *Kind) Outcome() string {
	if k.Failure {
		return "failure"
	}
	return "success"
}

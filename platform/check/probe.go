package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// State is what is known about a claim.
type State string

// The states.
const (
	Kept       State = "kept"
	Broken     State = "broken"
	Unverified State = "unverified"        // stale, failed to run, or partial
	NotYet     State = "not yet exercised" // the source is alive, nothing has happened yet
)

func (s State) known() bool {
	return s == Kept || s == Broken || s == Unverified || s == NotYet
}

// Probe finds out whether a claim holds.
type Probe struct {
	Name    string        // the probe's own, such as "tls.versions"
	Title   string        // a few words
	Claim   string        // the sentence that it checks
	Version string        // changes whenever what Run looks at changes; "" is the first
	Every   time.Duration // how often it runs; a result twice as old is stale
	Timeout time.Duration // 0 is a minute
	Run     func(ctx context.Context) Result
}

const defaultTimeout = time.Minute

// Failure is one member of the population of which the claim is not true.
type Failure struct {
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
}

// Result is what a run found.
type Result struct {
	State      State
	Summary    string // one sentence
	Population int    // how many things were looked at
	Failures   []Failure
	Facts      map[string]any // figures worth showing
}

// Failed is the result of a run that could not find out.
func Failed(err error) Result {
	return Result{State: Unverified, Summary: "The check could not run: " + err.Error()}
}

// Of is the result of looking at a population: broken when anything in it
// fails, not yet exercised when it is empty, else kept.
func Of(population int, failures []Failure, facts map[string]any) Result {
	r := Result{State: Kept, Population: population, Failures: failures, Facts: facts}
	switch {
	case len(failures) > 0:
		r.State, r.Summary = Broken, fmt.Sprintf("%d of %d fail.", len(failures), population)
	case population == 0:
		r.State, r.Summary = NotYet, "There is nothing to look at yet."
	default:
		r.Summary = fmt.Sprintf("All %d pass.", population)
	}
	return r
}

// definition is a hash over what makes this check this check.
func (p Probe) definition() string {
	h := sha256.New()
	for _, part := range []string{p.Name, p.Title, p.Claim, p.Version} {
		_, _ = fmt.Fprintf(h, "%d:%s,", len(part), part) // A hash never fails.
	}
	return hex.EncodeToString(h.Sum(nil))
}

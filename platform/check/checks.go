package check

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

// keep is how long results are kept.
const keep = 90 * 24 * time.Hour

// soon is how long a probe waits that found nothing to look at.
const soon = 10 * time.Minute

// Checks is the registry of probes. It is safe for concurrent use.
type Checks struct {
	db    *db.DB
	clock clock.Clock

	mu     sync.Mutex
	probes []Probe
	pruned time.Time
}

// New returns an empty registry.
func New(d *db.DB, clk clock.Clock) *Checks { return &Checks{db: d, clock: clk} }

// Register adds a probe. Two probes of one name, or one without a name or an
// interval, are a mistake of the program.
func (c *Checks) Register(p Probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.Name == "" || p.Every <= 0 || p.Run == nil {
		panic("check: a probe needs a name, an interval and a function")
	}
	for _, known := range c.probes {
		if known.Name == p.Name {
			panic("check: two probes are named " + p.Name)
		}
	}
	if p.Timeout <= 0 {
		p.Timeout = defaultTimeout
	}
	c.probes = append(c.probes, p)
}

func (c *Checks) registered() []Probe {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Probe(nil), c.probes...)
}

// RunAll runs every probe now.
func (c *Checks) RunAll(ctx context.Context) error { return c.run(ctx, c.registered()) }

// RunDue runs the probes whose last result is older than their interval, or was
// found by another definition. One that had nothing to look at looks again soon. It is meant for a job that runs every minute or
// so.
func (c *Checks) RunDue(ctx context.Context) error {
	probes := c.registered()
	last, err := c.last(ctx, probes)
	if err != nil {
		return err
	}
	now := c.clock.Now()
	var due []Probe
	for _, p := range probes {
		row, ran := last[p.Name]
		every := p.Every
		if row.State == NotYet {
			every = min(every, soon)
		}
		if !ran || row.Definition != p.definition() || !now.Before(row.At.Add(every)) {
			due = append(due, p)
		}
	}
	return c.run(ctx, due)
}

func (c *Checks) run(ctx context.Context, probes []Probe) error {
	for _, p := range probes {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := c.attempt(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err() // The program stops; that says nothing about the claim.
		}
		if err := c.store(ctx, p, r); err != nil {
			return fmt.Errorf("store the result of %s: %w", p.Name, err)
		}
	}
	return c.prune(ctx)
}

// attempt runs a probe for at most its timeout. One that does not heed its
// context is left behind.
func (c *Checks) attempt(ctx context.Context, p Probe) Result {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make(chan Result, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				found <- Failed(fmt.Errorf("it panicked: %v", v))
			}
		}()
		found <- p.Run(limited)
	}()
	select {
	case r := <-found:
		if !r.State.known() {
			return Failed(fmt.Errorf("it answered with the unknown state %q", r.State))
		}
		return r
	case <-c.clock.After(p.Timeout):
		return Failed(fmt.Errorf("it took longer than %s", p.Timeout))
	case <-ctx.Done():
		return Failed(ctx.Err())
	}
}

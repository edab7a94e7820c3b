package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// mostFailures bounds the failures that are stored of one run. The summary and
// the facts tell of the rest.
const mostFailures = 100

// Row is a stored result. In Latest there is one per probe, with At zero when
// it has never run.
type Row struct {
	Name, Title, Claim string
	Every              time.Duration
	At                 time.Time
	State              State
	Summary            string
	Population         int
	Failures           []Failure // the first 100
	Facts              map[string]any
	Definition         string // hash of what was checked
}

func (c *Checks) store(ctx context.Context, p Probe, r Result) error {
	failures := r.Failures
	if len(failures) > mostFailures {
		failures = failures[:mostFailures]
	}
	kept := make([]Failure, len(failures))
	for i, f := range failures {
		kept[i] = Failure{Subject: clean(f.Subject), Reason: clean(f.Reason)}
	}
	facts := r.Facts
	if facts == nil {
		facts = map[string]any{}
	}
	return c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO check_results (id, name, at, state, summary, population, failures, facts, definition)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			rand.Text(), p.Name, db.Micros(tx.Now), string(r.State), clean(r.Summary), r.Population,
			db.JSON[[]Failure]{V: kept}, db.JSON[map[string]any]{V: facts}, p.definition())
		return err
	})
}

const columns = `r.name, r.at, r.state, r.summary, r.population, r.failures, r.facts, r.definition`

func (c *Checks) rows(ctx context.Context, query string, args ...any) (all []Row, err error) {
	rows, err := c.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read check results: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Row
		var at int64
		var failures db.JSON[[]Failure]
		var facts db.JSON[map[string]any]
		if err := rows.Scan(&r.Name, &at, &r.State, &r.Summary, &r.Population, &failures, &facts, &r.Definition); err != nil {
			return nil, fmt.Errorf("read a check result: %w", err)
		}
		r.At, r.Failures, r.Facts = db.Time(at), failures.V, facts.V
		all = append(all, r)
	}
	return all, rows.Err()
}

// last is the latest result by probe, for those that have run.
func (c *Checks) last(ctx context.Context, probes []Probe) (map[string]Row, error) {
	last := make(map[string]Row, len(probes))
	for _, p := range probes {
		all, err := c.rows(ctx, `SELECT `+columns+` FROM check_results AS r WHERE r.name = $1 ORDER BY r.at DESC, r.id LIMIT 1`, p.Name)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			last[p.Name] = all[0]
		}
	}
	return last, nil
}

// Latest is what is known now, one row per registered probe in the order of
// registration. A result older than twice the probe's interval, or found by
// another definition, reads as unverified.
func (c *Checks) Latest(ctx context.Context) ([]Row, error) {
	probes := c.registered()
	last, err := c.last(ctx, probes)
	if err != nil {
		return nil, err
	}
	now := c.clock.Now()
	all := make([]Row, 0, len(probes))
	for _, p := range probes {
		r, ran := last[p.Name]
		r.Name, r.Title, r.Claim, r.Every = p.Name, p.Title, p.Claim, p.Every
		switch {
		case !ran:
			r.State, r.Summary, r.Definition = Unverified, "It has not been checked yet.", p.definition()
		case r.Definition != p.definition():
			r.State, r.Summary = Unverified, "What is checked has changed since the last check."
		case now.Sub(r.At) > 2*p.Every:
			r.State, r.Summary = Unverified, "The last check is too old. It said: "+r.Summary
		}
		all = append(all, r)
	}
	return all, nil
}

// History is a probe's results, the latest first.
func (c *Checks) History(ctx context.Context, name string, limit int) ([]Row, error) {
	all, err := c.rows(ctx, `SELECT `+columns+` FROM check_results AS r WHERE r.name = $1 ORDER BY r.at DESC, r.id LIMIT $2`, name, limit)
	if err != nil {
		return nil, err
	}
	for _, p := range c.registered() {
		for i := range all {
			if p.Name == all[i].Name {
				all[i].Title, all[i].Claim, all[i].Every = p.Title, p.Claim, p.Every
			}
		}
	}
	return all, nil
}

// prune forgets what is older than 90 days, at most once a day.
func (c *Checks) prune(ctx context.Context) error {
	now := c.clock.Now()
	c.mu.Lock()
	due := now.Sub(c.pruned) >= 24*time.Hour
	c.mu.Unlock()
	if !due {
		return nil
	}
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM check_results WHERE at < $1`, db.Micros(tx.Now.Add(-keep)))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget old check results: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pruned = now
	return nil
}

// clean makes any text storable.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

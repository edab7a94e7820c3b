package credential

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Probe checks what every stored password really is: its form is read from the
// hash itself, not from what is noted beside it.
func Probe(d *db.DB) check.Probe {
	return check.Probe{
		Name:  "credential.hashes",
		Title: "Password hashes",
		Claim: fmt.Sprintf("Every password is stored as a bcrypt hash of cost %d or higher.", LowestCost),
		Every: 24 * time.Hour, Timeout: 10 * time.Minute,
		Run: func(ctx context.Context) check.Result {
			found, err := census(ctx, d)
			if err != nil {
				return check.Failed(err)
			}
			return judge(found)
		},
	}
}

// form is how many passwords of a tenant have a form; cost 0 is no bcrypt hash.
type form struct {
	tenant      string
	cost, count int
}

// judge gives one failure for each form that fails: there may be many
// passwords of it.
func judge(found []form) check.Result {
	population, failing, facts := 0, 0, map[string]any{}
	var failures []check.Failure
	for _, f := range found {
		name := "unknown"
		if f.cost > 0 {
			name = fmt.Sprintf("%s, cost %d", Bcrypt, f.cost)
		}
		before, _ := facts[name].(int)
		facts[name] = before + f.count
		population += f.count
		if f.cost < LowestCost {
			failing += f.count
			failures = append(failures, check.Failure{Subject: "tenant " + f.tenant, Reason: fmt.Sprintf("Passwords stored in the form %q: %d.", name, f.count)})
		}
	}
	result := check.Of(population, failures, facts)
	if failing > 0 {
		result.Summary = fmt.Sprintf("%d of %d fail.", failing, population)
	}
	return result
}

// census counts the passwords by the form of their hash.
func census(ctx context.Context, q db.Querier) ([]form, error) {
	rows, err := q.Query(ctx, `SELECT tenant, form, count(*) FROM (
			SELECT tenant, CASE WHEN length(hash) = 60 AND substr(hash, 1, 4) IN ('$2a$', '$2b$', '$2y$') AND substr(hash, 7, 1) = '$'
				THEN substr(hash, 5, 2) ELSE '' END AS form
			FROM passwords) AS forms
		GROUP BY tenant, form ORDER BY tenant, form`)
	if err != nil {
		return nil, fmt.Errorf("count password hashes: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var found []form
	for rows.Next() {
		var f form
		var digits string
		if err := rows.Scan(&f.tenant, &digits, &f.count); err != nil {
			return nil, fmt.Errorf("count password hashes: %w", err)
		}
		if cost, err := strconv.ParseUint(digits, 10, 8); err == nil {
			f.cost = int(cost)
		}
		found = append(found, f)
	}
	return found, rows.Err()
}

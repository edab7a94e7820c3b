package credential

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/db"
)

// Probe checks that no password is stored but as a salted, slow hash.
func Probe(d *db.DB) check.Probe {
	return check.Probe{Name: "passwords.hashes", Title: "Passwords are stored as salted bcrypt hashes", Claim: "password-hashing",
		Version: "1", Every: time.Hour, Run: func(ctx context.Context) check.Result { return countHashes(ctx, d) }}
}

// countHashes counts by algorithm and cost. The columns could say what the hash
// is not, so its own beginning is looked at too.
func countHashes(ctx context.Context, d *db.DB) check.Result {
	rows, err := d.Query(ctx, `SELECT algorithm, cost, substr(hash, 1, 4), count(*), min(length(hash)), max(length(hash))
		FROM passwords GROUP BY algorithm, cost, substr(hash, 1, 4)`)
	if err != nil {
		return check.Failed(err)
	}
	defer rows.Close()
	population, facts := 0, map[string]any{}
	var failures []check.Failure
	for rows.Next() {
		var algorithm, prefix string
		var cost, n, shortest, longest int
		if err := rows.Scan(&algorithm, &cost, &prefix, &n, &shortest, &longest); err != nil {
			return check.Failed(err)
		}
		name := fmt.Sprintf("%s, cost %d", algorithm, cost)
		population += n
		facts[name] = n
		known := algorithm == Bcrypt && (prefix == "$2a$" || prefix == "$2b$" || prefix == "$2y$") && shortest == 60 && longest == 60
		switch {
		case !known:
			failures = append(failures, check.Failure{Subject: name, Reason: fmt.Sprintf("%d passwords are not stored as a bcrypt hash.", n)})
		case cost < LowestCost:
			failures = append(failures, check.Failure{Subject: name, Reason: fmt.Sprintf("%d passwords are hashed with a cost below %d.", n, LowestCost)})
		}
	}
	if err := rows.Err(); err != nil {
		return check.Failed(err)
	}
	return check.Of(population, failures, facts)
}

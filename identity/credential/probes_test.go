package credential_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

func TestProbe(t *testing.T) {
	const rest = "$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
	for _, tt := range []struct {
		name    string
		hashes  []string
		state   check.State
		summary string
		facts   map[string]any
	}{
		{"no password shows nothing yet", nil, check.NotYet, "There is nothing to look at yet.", map[string]any{}},
		{"good hashes keep the claim", []string{"$2a$10" + rest, "$2y$12" + rest, "$2b$12" + rest}, check.Kept, "All 3 pass.",
			map[string]any{"bcrypt, cost 10": 1, "bcrypt, cost 12": 2}},
		{"one cheap hash breaks it", []string{"$2a$10" + rest, "$2a$09" + rest, "$2b$09" + rest}, check.Broken, "2 of 3 fail.",
			map[string]any{"bcrypt, cost 10": 1, "bcrypt, cost 9": 2}},
		{"a clear password breaks it, whatever is noted beside it", []string{"correct horse"}, check.Broken, "1 of 1 fail.", map[string]any{"unknown": 1}},
		{"the faulty version 2x breaks it", []string{"$2x$10" + rest}, check.Broken, "1 of 1 fail.", map[string]any{"unknown": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
				a := account(t, d)
				for i, hash := range tt.hashes {
					a.Account = fmt.Sprint("a", i)
					link(t, d, a)
					set(t, d, a, credential.Hash{Encoded: hash, Algorithm: credential.Bcrypt, Cost: 12})
				}
				got := credential.Probe(d).Run(t.Context())
				if got.State != tt.state || got.Population != len(tt.hashes) || got.Summary != tt.summary {
					t.Errorf("%s of %d: %s", got.State, got.Population, got.Summary)
				}
				if diff := cmp.Diff(tt.facts, got.Facts); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func link(t *testing.T, d *db.DB, a credential.Account) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO identities (tenant, connection, account, provider, user_id, social, profile, created_at)
			VALUES ($1, $2, $3, 'auth0', 'anne', FALSE, '{}', 0)`, a.Tenant, a.Connection, a.Account)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

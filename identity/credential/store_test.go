package credential_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
)

// account makes an account to which passwords can belong.
func account(t *testing.T, d *db.DB) credential.Account {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, statement := range []string{
			`INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at) VALUES ('one', 'one', 'one', '{}', 0, 0, 0)`,
			`INSERT INTO connections (tenant, id, name, strategy, settings, created_at, updated_at) VALUES ('one', 'con', 'con', 'auth0', '{}', 0, 0)`,
			`INSERT INTO users (tenant, id, email, email_key, email_verified, name, given_name, family_name, nickname, picture,
				user_metadata, app_metadata, blocked, logins_count, last_login, last_ip, created_at, updated_at)
				VALUES ('one', 'anne', '', '', FALSE, '', '', '', '', '', '{}', '{}', FALSE, 0, 0, '', 0, 0)`,
			`INSERT INTO identities (tenant, connection, account, provider, user_id, social, profile, created_at)
				VALUES ('one', 'con', 'a', 'auth0', 'anne', FALSE, '{}', 0)`,
		} {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return credential.Account{Tenant: "one", Connection: "con", Account: "a"}
}

func set(t *testing.T, d *db.DB, a credential.Account, h credential.Hash) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return credential.Set(t.Context(), tx, a, h) }); err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		a := account(t, d)
		if h, _, err := credential.Get(t.Context(), d, a); err != nil || h != (credential.Hash{}) {
			t.Errorf("before one is set: %+v, error %v", h, err)
		}
		old, better, other := credential.Hash{"x", "bcrypt", 10}, credential.Hash{"y", "bcrypt", 11}, credential.Hash{"z", "bcrypt", 10}
		set(t, d, a, old)
		clk.Forward(time.Hour)
		renew := func(from, to credential.Hash) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return credential.Renew(t.Context(), tx, a, from, to) }); err != nil {
				t.Fatal(err)
			}
		}
		renew(old, better)
		if h, at, err := credential.Get(t.Context(), d, a); err != nil || h != better || !at.Equal(dbtest.Start) {
			t.Errorf("a renewed hash is the same password as before: cost %d of %s, error %v", h.Cost, at, err)
		}
		set(t, d, a, other)
		renew(better, old)
		if h, at, err := credential.Get(t.Context(), d, a); err != nil || h != other || !at.Equal(clk.Now()) {
			t.Errorf("a late renewal undid a new password: cost %d of %s, error %v", h.Cost, at, err)
		}
	})
}

func TestTuneKeepsWhatItHasMeasured(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		cost, err := credential.Tune(t.Context(), d, clk)
		if err != nil || cost != credential.LowestCost {
			t.Fatalf("with a clock that stands still: cost %d, error %v", cost, err)
		}
		write := func(value string) {
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE installation SET value = $1 WHERE name = 'password_cost'`, value)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for value, want := range map[string]int{`{"cost": 12}`: 12, `{"cost": 4}`: credential.LowestCost, `{"cost": 31}`: 14} {
			write(value)
			if cost, err := credential.Tune(t.Context(), d, clk); err != nil || cost != want {
				t.Errorf("%s is kept: cost %d, error %v", value, cost, err)
			}
		}
	})
}

func TestHasherStartsAtOnce(t *testing.T) {
	h := credential.Start(credential.Config{Cost: 3, Threads: 1, Log: slog.New(slog.DiscardHandler)})
	defer h.Close()
	hash, err := h.Hash(context.Background(), "correct horse")
	if err != nil || hash.Cost != credential.LowestCost {
		t.Fatalf("cost %d, error %v", hash.Cost, err)
	}
	if ok, renewed, err := h.Verify(context.Background(), hash, "correct horse"); !ok || renewed != nil || err != nil {
		t.Errorf("ok %v, renewed %v, error %v", ok, renewed != nil, err)
	}
}

package connection_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
)

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		ctx := t.Context()
		var made *connection.Connection
		create := func(tx *db.Tx) (err error) { made, err = connection.CreateDefault(ctx, tx, "one"); return err }
		write := func(closure func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, closure); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at)
				VALUES ('one', 'one', 'one', '{}', 0, 0, 0)`)
			return err
		})
		if _, err := connection.Default(ctx, d, "one"); !fault.Is(err, fault.NotFound) {
			t.Errorf("before it is made: %v", err)
		}
		write(create)
		if err := d.Write(ctx, create); !fault.Is(err, fault.Conflict) {
			t.Errorf("made twice: %v", err)
		}
		made, err := connection.Default(ctx, d, "one")
		if err != nil || made.Settings != connection.Defaults() || made.Strategy != connection.Database {
			t.Fatalf("%+v, error %v", made, err)
		}
		clk.Forward(time.Hour)
		closed := connection.Settings{DisableSignup: true, Password: credential.Policy{MinLength: 12}}
		write(func(tx *db.Tx) error { return connection.SetSettings(ctx, tx, "one", made.ID, closed) })
		made.Settings, made.Updated = closed, clk.Now()
		found, err := connection.Find(ctx, d, "one", made.ID)
		if diff := cmp.Diff(made, found); diff != "" || err != nil {
			t.Error(diff, err)
		}
		list, err := connection.List(ctx, d, "one")
		if diff := cmp.Diff([]*connection.Connection{made}, list); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if _, err := connection.Find(ctx, d, "two", made.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("from another tenant: %v", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return connection.SetSettings(ctx, tx, "two", made.ID, closed) })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("changed from another tenant: %v", err)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    connection.New
	}{
		{"an empty name", connection.New{Strategy: connection.Database, Settings: connection.Defaults()}},
		{"a name with a space", connection.New{Name: "my users", Strategy: connection.Database, Settings: connection.Defaults()}},
		{"a strategy that nobody serves", connection.New{Name: "users", Strategy: "myspace", Settings: connection.Defaults()}},
		{"passwords that are too short", connection.New{Name: "users", Strategy: connection.Database}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := connection.Create(t.Context(), nil, tt.n); !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v", err)
			}
		})
	}
}

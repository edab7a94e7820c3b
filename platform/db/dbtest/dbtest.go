// Package dbtest opens databases for tests: SQLite always, PostgreSQL when
// GATEHOUSE_TEST_POSTGRES holds its URL. Each has the whole schema and is the
// test's own.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // The driver that makes and drops the test's own schema.

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/schema"
)

// Start is where the clocks of tests stand at first.
var Start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Open opens a SQLite database of the test's own.
func Open(t testing.TB, clk clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Config{Path: filepath.Join(t.TempDir(), "test.db"), Clock: clk})
}

// Each runs the test on SQLite and, where there is one, on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, d *db.DB, clk *clock.Fake)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		clk := clock.NewFake(Start)
		test(t, Open(t, clk), clk)
	})
	if PostgresURL() == "" {
		return
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		clk := clock.NewFake(Start)
		test(t, OpenPostgres(t, clk), clk)
	})
}

// PostgresURL is the PostgreSQL that tests may use, or "".
func PostgresURL() string { return os.Getenv("GATEHOUSE_TEST_POSTGRES") }

// OpenPostgres opens a schema of the test's own in the PostgreSQL at
// PostgresURL, and drops it when the test ends.
func OpenPostgres(t testing.TB, clk clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: PostgresSchema(t), Clock: clk})
}

// PostgresSchema makes an empty schema of the test's own and returns the URL
// that uses it.
func PostgresSchema(t testing.TB) string {
	t.Helper()
	var random [8]byte
	_, _ = rand.Read(random[:])
	name := "test_" + hex.EncodeToString(random[:])
	admin, err := sql.Open("pgx", PostgresURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Error(err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(PostgresURL())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	d, err := db.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(context.Background(), schema.Files); err != nil {
		t.Fatal(err)
	}
	return d
}

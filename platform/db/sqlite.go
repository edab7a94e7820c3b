package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // The pure-Go engine: no C compiler, one binary.
)

// openSQLite opens the file with one writing connection and a pool of reading
// ones. WAL lets them work at the same time; synchronous=FULL makes a commit
// survive power loss.
func (d *DB) openSQLite(ctx context.Context, path string) error {
	d.engine = SQLite
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("database path: %w", err)
	}
	// The database's other files take their mode from this one.
	f, err := os.OpenFile(abs, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names the data folder
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	_ = f.Close() // Nothing was written.
	d.writing, err = sql.Open("sqlite", sqliteURL(abs, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"busy_timeout(5000)", "temp_store(MEMORY)", "cache_size(-8000)", "journal_size_limit(67108864)"))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	d.writing.SetMaxOpenConns(1)
	if err := d.writing.PingContext(ctx); err != nil {
		_ = d.writing.Close()
		return fmt.Errorf("open %s: %w", path, err)
	}
	d.pool, err = sql.Open("sqlite", sqliteURL(abs, "query_only(1)", "busy_timeout(5000)", "temp_store(MEMORY)", "cache_size(-2000)"))
	if err != nil {
		_ = d.writing.Close()
		return fmt.Errorf("open %s: %w", path, err)
	}
	readers := max(4, runtime.NumCPU())
	d.pool.SetMaxOpenConns(readers)
	d.pool.SetMaxIdleConns(readers)
	d.writer, err = newWriter(ctx, d)
	return err
}

func sqliteURL(path string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

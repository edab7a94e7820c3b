package db

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema to the newest of the numbered files. It may be run
// by several processes at once: on PostgreSQL a session lock orders them, on
// SQLite the file's own lock does. It returns how many files it applied.
func (d *DB) Migrate(ctx context.Context, files fs.FS) (int, error) {
	dialect, pool := goose.DialectSQLite3, d.writing
	var options []goose.ProviderOption
	if d.engine == PostgreSQL {
		dialect, pool = goose.DialectPostgres, d.pool
		locker, err := d.migrationLock(ctx)
		if err != nil {
			return 0, fmt.Errorf("migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		// The writer holds the one writing connection; migrations need their own.
		pool.SetMaxOpenConns(2)
		defer pool.SetMaxOpenConns(1)
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}

// migrationLock orders the processes that migrate one schema, and does not make
// those of another wait.
func (d *DB) migrationLock(ctx context.Context) (lock.SessionLocker, error) {
	var name string
	if err := d.pool.QueryRowContext(ctx, `SELECT current_database() || '.' || current_schema()`).Scan(&name); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte("gatehouse migration of " + name))
	id := int64(binary.BigEndian.Uint64(sum[:8]) >> 1) // #nosec G115 -- 63 bits
	return lock.NewPostgresSessionLocker(lock.WithLockID(id), lock.WithLockTimeout(1, 600))
}

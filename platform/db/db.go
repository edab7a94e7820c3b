package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// Engine is the database in use.
type Engine uint8

// The engines.
const (
	SQLite Engine = iota
	PostgreSQL
)

// String is the engine's name.
func (e Engine) String() string {
	if e == PostgreSQL {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Config says which database to open: a SQLite file at Path, or the
// PostgreSQL at URL when that is set.
type Config struct {
	Path string
	URL  string
	// AllowPlaintext names the PostgreSQL hosts that may be used without
	// verified TLS. A local socket and loopback always may.
	AllowPlaintext []string
	Clock          clock.Clock
	Log            *slog.Logger
}

// Querier reads. A *DB reads what is committed; a *Tx reads within itself.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
	Engine() Engine
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine  Engine
	clock   clock.Clock
	log     *slog.Logger
	reads   *statements
	writer  *writer // SQLite only
	pool    *sql.DB // what reads go to, and PostgreSQL's transactions
	writing *sql.DB // SQLite's single writing connection
	counts  counts
}

// Open opens the database and, for SQLite, starts its writer. Close ends both.
func Open(ctx context.Context, c Config) (*DB, error) {
	d := &DB{clock: c.Clock, log: c.Log}
	var err error
	if c.URL != "" {
		err = d.openPostgres(ctx, c.URL, c.AllowPlaintext)
	} else {
		err = d.openSQLite(ctx, c.Path)
	}
	if err != nil {
		return nil, err
	}
	d.reads = &statements{db: d.pool}
	return d, nil
}

// Close waits for the writes under way and closes the database.
func (d *DB) Close() error {
	if d.writer != nil {
		d.writer.close()
	}
	d.reads.close()
	err := d.pool.Close()
	if d.writing != nil && d.writing != d.pool {
		if werr := d.writing.Close(); err == nil {
			err = werr
		}
	}
	return err
}

// Engine is the database in use.
func (d *DB) Engine() Engine { return d.engine }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.QueryRow(ctx, "SELECT 1").Scan(&one)
}

// Query reads committed rows. The caller closes them.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := d.reads.get(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRow reads one committed row.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := d.reads.get(ctx, query)
	if err != nil { // Let the row carry the error, as database/sql does.
		return d.pool.QueryRowContext(ctx, query, args...)
	}
	return stmt.QueryRowContext(ctx, args...)
}

// Write runs the closure in a transaction and returns once it is durable. An
// error from the closure rolls everything in it back and is returned as it is.
// The closure may run more than once, and must not call Write or read through
// the *DB. Errors: fault.Unavailable when the database is locked or full.
func (d *DB) Write(ctx context.Context, closure func(tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write not begun: %w", err)
	}
	d.counts.writes.Add(1)
	if d.engine == PostgreSQL {
		return d.writeSerializable(ctx, closure)
	}
	return d.writer.write(ctx, closure)
}

func (d *DB) now() time.Time { return d.clock.Now().Truncate(time.Microsecond) }

// statements keeps the prepared form of each query text. Texts are few,
// because queries are constants; the bound stops a mistake from growing it.
type statements struct {
	db    *sql.DB
	mu    sync.RWMutex
	known map[string]*sql.Stmt
}

const mostStatements = 2000

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt := s.known[query]
	s.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.known[query]; stmt != nil {
		return stmt, nil
	}
	if len(s.known) >= mostStatements {
		return nil, fmt.Errorf("more than %d different queries: a query text is being built from data", mostStatements)
	}
	// The statement outlives the request that needs it first.
	stmt, err := s.db.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	if s.known == nil {
		s.known = map[string]*sql.Stmt{}
	}
	s.known[query] = stmt
	return stmt, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.known {
		_ = stmt.Close() // The pool is about to close; nothing depends on it.
	}
	s.known = nil
}

// unavailable turns what the engine says about a lock, a full disk or a lost
// connection into one public sentence; other errors pass.
func unavailable(err error) error {
	switch {
	case err == nil:
		return nil
	case Full(err):
		return fault.Wrap(fault.Unavailable, "The server's storage is full. Nothing was changed.", err)
	case Busy(err):
		return fault.Wrap(fault.Unavailable, "The server's storage is busy. Nothing was changed.", err)
	}
	return err
}

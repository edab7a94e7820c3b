package db

import (
	"context"
	"database/sql"
	"time"
)

// Tx is a transaction under way.
type Tx struct {
	// Now is the one instant of everything written together.
	Now time.Time

	engine  Engine
	run     runner
	touched bool // whether anything was written
	after   []func()
}

// runner is what executes a statement: a prepared-statement cache over the
// SQLite writer's connection, or a PostgreSQL transaction.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
	queryRow(ctx context.Context, query string, args []any) *sql.Row
}

// Engine is the database in use.
func (tx *Tx) Engine() Engine { return tx.engine }

// Exec writes, and returns how many rows were affected.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tx.touched = true
	res, err := tx.run.exec(ctx, query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Query reads, or writes with RETURNING. The caller closes the rows before the
// next statement.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	tx.touched = tx.touched || !isSelect(query)
	return tx.run.query(ctx, query, args)
}

// QueryRow reads one row, or writes one with RETURNING.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	tx.touched = tx.touched || !isSelect(query)
	return tx.run.queryRow(ctx, query, args)
}

// AfterCommit runs f once the transaction is durable. It does not run when the
// transaction is rolled back.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

func (tx *Tx) committed() {
	for _, f := range tx.after {
		f()
	}
}

func isSelect(query string) bool {
	const word = "SELECT"
	return len(query) >= len(word) && query[:len(word)] == word
}

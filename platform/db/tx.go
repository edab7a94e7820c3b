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
	shared  map[question]int64 // what Once has read, for all of one commit
}

type question struct{ query, arg string }

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

// Once reads one number, once for all closures that share the commit. It may be
// older than what an earlier closure of the same commit has written: both
// become durable, and are answered, at the same moment, so that nobody can tell
// which was first.
func (tx *Tx) Once(ctx context.Context, query, arg string) (int64, error) {
	asked := question{query, arg}
	if n, known := tx.shared[asked]; known {
		return n, nil
	}
	var n int64
	err := tx.QueryRow(ctx, query, arg).Scan(&n)
	if err == nil && tx.shared != nil {
		tx.shared[asked] = n
	}
	return n, err
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

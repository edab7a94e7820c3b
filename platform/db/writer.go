package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// mostShared bounds how many closures share one commit, and so how long the
// first of them waits for the last.
const mostShared = 256

// writer is SQLite's one writer. While it commits, closures queue up; the next
// commit, and its fsync, is shared by all that wait.
type writer struct {
	db    *DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	queue chan *write
	done  chan struct{}
	ended error // after which nothing more may run in the transaction
	// shared is what the closures of the commit under way have read for one
	// another.
	shared map[question]int64

	mu     sync.RWMutex
	closed bool
}

// write is one closure that waits for its commit.
type write struct {
	ctx     context.Context
	closure func(*Tx) error
	tx      Tx
	err     error
	panic   any
	done    chan struct{}
}

// errClosed is what a write meets after Close.
var errClosed = errors.New("the database is closed")

func newWriter(ctx context.Context, d *DB) (*writer, error) {
	conn, err := d.writing.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the writing connection: %w", err)
	}
	w := &writer{db: d, conn: conn, stmts: map[string]*sql.Stmt{}, shared: map[question]int64{}, queue: make(chan *write, 4*mostShared), done: make(chan struct{})}
	go w.loop()
	return w, nil
}

func (w *writer) write(ctx context.Context, closure func(*Tx) error) error {
	job := &write{ctx: ctx, closure: closure, done: make(chan struct{})}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed
	}
	w.queue <- job
	w.mu.RUnlock()
	<-job.done
	if job.panic != nil {
		panic(job.panic)
	}
	return job.err
}

func (w *writer) close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.done
}

func (w *writer) loop() {
	defer close(w.done)
	batch := make([]*write, 0, mostShared)
	for job := range w.queue {
		batch = append(batch[:0], job)
		// Whoever is ready to run goes first, and perhaps comes along: on a busy
		// machine commits, and their fsync, are shared by more. On an idle one
		// it returns at once.
		runtime.Gosched()
		for waiting := true; waiting && len(batch) < mostShared; {
			select {
			case next, open := <-w.queue:
				if open {
					batch = append(batch, next)
				} else {
					waiting = false
				}
			default:
				waiting = false
			}
		}
		w.commit(batch)
	}
	for _, stmt := range w.stmts {
		_ = stmt.Close()
	}
	_ = w.conn.Close()
}

// commit runs the batch under one commit. It first runs the closures plainly,
// which is cheapest; when one of them fails after it has written, everything is
// rolled back and the batch runs again with a savepoint around each, so that
// one failure never takes its neighbours along.
func (w *writer) commit(batch []*write) {
	retry, err := w.attempt(batch, false)
	if retry {
		_, err = w.attempt(batch, true)
	}
	for _, job := range batch {
		// A refusal falls with the commit too: it may have been decided by what a
		// neighbour wrote, which has now never happened.
		if err != nil && job.panic == nil {
			job.err = unavailable(err)
		}
		if job.err == nil && job.panic == nil {
			job.tx.committed()
		}
		close(job.done)
	}
}

func (w *writer) attempt(batch []*write, savepoints bool) (retry bool, err error) {
	if err := w.control("BEGIN IMMEDIATE"); err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	clear(w.shared)
	w.ended = nil
	wrote := false
	for _, job := range batch {
		if err := w.step(job, savepoints); err != nil {
			w.rollback()
			return false, err
		}
		failed := job.err != nil || job.panic != nil
		if failed && job.tx.touched && !savepoints {
			w.rollback()
			return true, nil
		}
		wrote = wrote || job.tx.touched && !failed
	}
	if !wrote {
		w.rollback()
		return false, nil
	}
	if err := w.control("COMMIT"); err != nil {
		w.rollback()
		return false, fmt.Errorf("commit: %w", err)
	}
	w.db.counts.commits.Add(1)
	return false, nil
}

// step runs one closure. The error is the connection's, not the closure's.
func (w *writer) step(job *write, savepoint bool) error {
	job.err, job.panic = nil, nil
	job.tx = Tx{Now: w.db.now(), engine: SQLite, run: w, shared: w.shared}
	if job.err = job.ctx.Err(); job.err != nil {
		return nil // The caller has gone away while waiting.
	}
	if savepoint {
		if err := w.control("SAVEPOINT closure"); err != nil {
			return err
		}
	}
	w.guarded(job)
	w.watch(job.err)
	job.err = unavailable(job.err)
	if w.ended != nil {
		return w.ended
	}
	if !savepoint {
		return nil
	}
	if job.err != nil || job.panic != nil {
		if err := w.control("ROLLBACK TO closure"); err != nil {
			return err
		}
	}
	return w.control("RELEASE closure")
}

// guarded runs the closure and hands its panic to the goroutine that called
// Write, so that one bad request cannot end the writer.
func (w *writer) guarded(job *write) {
	defer func() { job.panic = recover() }()
	job.err = job.closure(&job.tx)
}

// watch notices errors after which SQLite may have rolled the transaction back
// by itself (lang_transaction.html §3). What ran next would commit statement by
// statement, so the whole batch ends there.
func (w *writer) watch(err error) {
	if w.ended == nil && endsTransaction(err) {
		w.ended = err
	}
}

func (w *writer) rollback() {
	if err := w.control("ROLLBACK"); err != nil {
		// SQLite has already rolled back by itself, for example on a full disk.
		w.db.log.Debug("rollback", "error", err)
	}
}

func (w *writer) control(statement string) error {
	_, err := w.exec(context.Background(), statement, nil)
	return err
}

func (w *writer) prepared(query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	if len(w.stmts) >= mostStatements {
		return nil, fmt.Errorf("more than %d different statements: a text is being built from data", mostStatements)
	}
	stmt, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = stmt
	return stmt, nil
}

// The writer's statements ignore the caller's context: a commit is shared, so
// one caller that goes away must not interrupt the others.

func (w *writer) exec(_ context.Context, query string, args []any) (sql.Result, error) {
	stmt, err := w.prepared(query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	w.watch(err)
	return result, err
}

func (w *writer) query(_ context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := w.prepared(query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	w.watch(err)
	return rows, err
}

func (w *writer) queryRow(_ context.Context, query string, args []any) *sql.Row {
	stmt, err := w.prepared(query)
	if err != nil {
		return w.conn.QueryRowContext(context.Background(), query, args...)
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

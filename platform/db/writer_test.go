package db

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
)

// TestARefusalFallsWithItsCommit: what a neighbour wrote in the same commit has
// not happened when that commit fails, so nothing may have been decided by it.
func TestARefusalFallsWithItsCommit(t *testing.T) {
	ctx, refused := context.Background(), errors.New("refused")
	d, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "test.db"), Clock: clock.System(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	exec := func(text string) func(*Tx) error {
		return func(tx *Tx) error { _, err := tx.Exec(ctx, text); return err }
	}
	for _, text := range []string{
		`CREATE TABLE parents (id TEXT PRIMARY KEY)`,
		`CREATE TABLE children (parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`,
	} {
		if err := d.Write(ctx, exec(text)); err != nil {
			t.Fatal(err)
		}
	}
	hold, entered := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // Keeps the writer busy until the other two wait for one commit.
		_ = d.Write(ctx, func(*Tx) error { close(entered); <-hold; return nil })
	})
	<-entered
	var first, second error
	all.Go(func() { first = d.Write(ctx, exec(`INSERT INTO children (parent) VALUES ('nobody')`)) }) // Breaks at COMMIT.
	wait(d, 1)
	all.Go(func() {
		second = d.Write(ctx, func(tx *Tx) error {
			n := 0
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM children`).Scan(&n); err != nil || n == 0 {
				return err
			}
			return refused
		})
	})
	wait(d, 2)
	close(hold)
	all.Wait()
	if first == nil {
		t.Fatal("the commit did not fail")
	}
	if second == nil || errors.Is(second, refused) {
		t.Errorf("the neighbour was told %v, decided by what was never committed", second)
	}
}

// wait until so many closures wait for the writer.
func wait(d *DB, n int) {
	for len(d.writer.queue) < n {
		runtime.Gosched()
	}
}

package db

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// mostRetries bounds how often a SERIALIZABLE closure is run again when it
// collides with another.
const mostRetries = 30

func (d *DB) openPostgres(ctx context.Context, url string, plaintext []string) error {
	d.engine = PostgreSQL
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the database URL cannot be read") // The cause would show the password.
	}
	if err := demandTLS(config, plaintext); err != nil {
		return err
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "gatehouse"
	}
	// Durable means power loss: a server whose default is relaxed is overruled.
	config.RuntimeParams["synchronous_commit"] = "on"
	d.pool = stdlib.OpenDB(*config)
	conns := max(16, 4*runtime.NumCPU())
	d.pool.SetMaxOpenConns(conns)
	d.pool.SetMaxIdleConns(conns)
	if err := d.pool.PingContext(ctx); err != nil {
		_ = d.pool.Close()
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return nil
}

// demandTLS keeps only the ways to the server that are local, allowed by name,
// or by TLS that verifies who answers. libpq's default, sslmode=prefer, would
// fall back to plain text when an attacker asks for it.
func demandTLS(c *pgx.ConnConfig, plaintext []string) error {
	ways := append([]*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
	ways = slices.DeleteFunc(ways, func(w *pgconn.FallbackConfig) bool {
		return !local(w.Host) && !slices.Contains(plaintext, w.Host) && !verified(w.TLSConfig)
	})
	if len(ways) == 0 {
		return fmt.Errorf("the database at %s would be used without verified TLS: say sslmode=verify-full, or allow it by name", c.Host)
	}
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = ways[0].Host, ways[0].Port, ways[0].TLSConfig, ways[1:]
	return nil
}

func local(host string) bool {
	if strings.HasPrefix(host, "/") || host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// verified reports whether the certificate of the server is verified, by the
// library (verify-full) or by pgx's own callback (verify-ca).
func verified(c *tls.Config) bool {
	return c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil)
}

func (d *DB) writeSerializable(ctx context.Context, closure func(*Tx) error) error {
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, closure)
		if err == nil || !collided(err) {
			return unavailable(err)
		}
		if try == mostRetries {
			return fault.Wrap(fault.Unavailable, "The server is busy. Nothing was changed; please try again.", err)
		}
		wait := time.Duration(rand.IntN(1<<min(try, 6))) * time.Millisecond // #nosec G404 -- jitter, not a secret
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, closure func(*Tx) error) error {
	t, err := d.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // Without effect after Commit; needed when the closure panics.
	tx := &Tx{Now: d.now(), engine: PostgreSQL, run: postgresRunner{t}}
	if err := closure(tx); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	d.counts.commits.Add(1)
	tx.committed()
	return nil
}

type postgresRunner struct{ tx *sql.Tx }

func (r postgresRunner) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return r.tx.ExecContext(ctx, query, args...)
}

func (r postgresRunner) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	return r.tx.QueryContext(ctx, query, args...)
}

func (r postgresRunner) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	return r.tx.QueryRowContext(ctx, query, args...)
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Options are what a test hands in, in place of the machine's own.
type Options struct {
	Clock clock.Clock // nil is the system's
	Log   io.Writer   // nil is standard error
}

// App is the house, built. New opens it, Run serves it, Close ends it.
type App struct {
	platform
	identity
	protocol
	operator
	settings *settings
	metrics  *prometheus.Registry
	logs     *web.LogBuffer
	log      *slog.Logger
	clock    clock.Clock
	lock     *os.File
	Mux      *web.Mux
}

// New builds the house on the data folder, which it makes when there is none,
// and furnishes the tenants that every installation has. Errors: a
// configuration that cannot work, and a folder that another server uses.
func New(ctx context.Context, c Config, o Options) (*App, error) {
	s, err := c.understand()
	if err != nil {
		return nil, err
	}
	a := &App{settings: s, clock: o.Clock, metrics: prometheus.NewRegistry()}
	if a.clock == nil {
		a.clock = clock.System()
	}
	a.openLog(o.Log)
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, build := range []func(context.Context) error{
		a.openData, a.buildPlatform, a.buildIdentity, a.buildProtocol, a.buildOperator, a.furnish, a.mount, a.listen, a.schedule,
	} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// Close ends what New began. It is safe after a failed New.
func (a *App) Close() error {
	var errs []error
	if a.hasher != nil {
		a.hasher.Close()
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	if a.logs != nil {
		errs = append(errs, a.logs.Close())
	}
	return errors.Join(errs...)
}

func (a *App) openLog(out io.Writer) {
	if out == nil {
		out = os.Stderr
	}
	a.logs = web.NewLogBuffer(out, a.clock)
	var level slog.Level
	_ = level.UnmarshalText([]byte(a.settings.LogLevel)) // Empty, as in a test, is info.
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(a.logs, options)
	if a.settings.LogFormat == "json" {
		handler = slog.NewJSONHandler(a.logs, options)
	}
	a.log = slog.New(handler)
}

// lockName is the file whose lock the server of a data folder holds.
const lockName = "lock"

// openData makes the data folder and takes its lock: two servers on one SQLite
// file would each believe that it alone writes.
func (a *App) openData(context.Context) error {
	if err := os.MkdirAll(a.settings.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := takeLock(a.path(lockName))
	if err != nil {
		return fmt.Errorf("the data folder %s is in use by a running server: stop it first", a.settings.Data)
	}
	a.lock = lock
	return nil
}

func (a *App) path(name string) string { return filepath.Join(a.settings.Data, name) }

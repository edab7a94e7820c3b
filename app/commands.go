package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/schema"
)

// RecoverRequest names who recovers the console.
type RecoverRequest struct {
	Email string `json:"email"`
}

// Recovery is the link with which somebody becomes administrator again.
type Recovery struct {
	URL string `json:"url"`
}

// Recover is break-glass: who owns the machine can make a former administrator
// one again. It is journalled.
func (a *App) Recover(ctx context.Context, in RecoverRequest) (*Recovery, error) {
	token, err := a.Staff.Recover(ctx, in.Email)
	if err != nil {
		return nil, err
	}
	t, err := a.Tenants.Find(ctx, OperatorTenant)
	if err != nil {
		return nil, err
	}
	return &Recovery{URL: t.URL("/setup?token=" + token)}, nil
}

// Verify seals what is open and verifies the whole journal, against the
// checkpoints that were kept outside the database too.
func (a *App) Verify(ctx context.Context) (*journal.Report, error) {
	if _, err := a.Journal.Seal(ctx); err != nil {
		return nil, err
	}
	held, err := a.heldCheckpoints()
	if err != nil {
		return nil, err
	}
	report, err := a.Journal.Verify(ctx, held...)
	return &report, err
}

func (a *App) verifyCommand(ctx context.Context, _ struct{}) (*journal.Report, error) {
	return a.Verify(ctx)
}

func (a *App) heldCheckpoints() ([]string, error) {
	text, err := os.ReadFile(a.path(checkpoints))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var held []string
	for entry := range strings.SplitSeq(string(text), "\n"+checkpointEnd) {
		if entry = strings.TrimLeft(entry, "\n"); entry != "" {
			held = append(held, strings.TrimRight(entry, "\n")+"\n")
		}
	}
	return held, nil
}

// RunDemo, RunVerify and RunRecover ask the server that runs on the data
// folder; where none runs, they do it themselves.

// RunDemo furnishes the default tenant for a first look.
func RunDemo(ctx context.Context, c Config, in DemoRequest) (*Demo, error) {
	return either(ctx, c, demoCommand, in, (*App).Demo)
}

// RunVerify verifies the journal.
func RunVerify(ctx context.Context, c Config) (*journal.Report, error) {
	return either(ctx, c, "verify", struct{}{}, (*App).verifyCommand)
}

// RunRecover makes a recovery link.
func RunRecover(ctx context.Context, c Config, in RecoverRequest) (*Recovery, error) {
	return either(ctx, c, "recover", in, (*App).Recover)
}

func either[I, O any](ctx context.Context, c Config, name string, in I, do func(*App, context.Context, I) (*O, error)) (*O, error) {
	out := new(O)
	err := askServer(ctx, c.Data, name, in, out)
	if !errors.Is(err, errNoServer) {
		return out, err
	}
	// A demo may come before the first start; nothing else makes a folder.
	if err := c.exists(); err != nil && name != demoCommand {
		return nil, err
	}
	if c, err = c.asServed(); err != nil {
		return nil, err
	}
	a, err := New(ctx, c, Options{})
	if err != nil {
		return nil, err
	}
	out, err = do(a, ctx, in)
	if err == nil {
		_, err = a.Journal.Seal(ctx)
	}
	return out, errors.Join(err, a.Close())
}

// startTime is how long a command waits for a server that has the folder but
// does not listen yet: its first start makes keys and tunes the password cost.
const startTime = 30 * time.Second

// askServer asks the server that runs on the data folder, and waits for one
// that is starting.
func askServer(ctx context.Context, data, name string, in, out any) error {
	patience := time.NewTimer(startTime)
	defer patience.Stop()
	for {
		err := call(ctx, data, name, in, out)
		if !errors.Is(err, errNoServer) || !locked(filepath.Join(data, lockName)) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			return fmt.Errorf("a server has the folder %s and does not answer", data)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// exists refuses a data folder that no server has made: a mistyped one must not
// be answered for as if it were the one that was meant.
func (c Config) exists() error {
	if _, err := os.Stat(filepath.Join(c.Data, rootKey)); err != nil {
		return fmt.Errorf("there is no Gatehouse in %s; name its folder with --data, or start one with serve", c.Data)
	}
	return nil
}

// Migrate brings the schema up to date and returns how many files were applied.
func Migrate(ctx context.Context, c Config) (applied int, err error) {
	s, err := c.understand()
	if err != nil {
		return 0, err
	}
	a := &App{settings: s, clock: clock.System()}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.openLog(nil)
	if err := a.openData(ctx); err != nil {
		return 0, err
	}
	if a.DB, err = db.Open(ctx, db.Config{Path: a.path("gatehouse.db"), URL: s.DatabaseURL, AllowPlaintext: s.DatabaseAllowPlaintext, Clock: a.clock, Log: a.log}); err != nil {
		return 0, err
	}
	return a.DB.Migrate(ctx, schema.Files)
}

package app

import (
	"context"
	"fmt"
	"os"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/jobs"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/notify"
	"github.com/gatehouse/gatehouse/schema"
)

// platform is the ground floor.
type platform struct {
	DB      *db.DB
	Keys    *keyring.Keyring
	Journal *journal.Journal
	Jobs    *jobs.Runner
	Checks  *check.Checks
	Mail    *notify.Sender
}

func (a *App) buildPlatform(ctx context.Context) (err error) {
	s := a.settings
	if a.DB, err = db.Open(ctx, db.Config{Path: a.path("gatehouse.db"), URL: s.DatabaseURL, AllowPlaintext: s.DatabaseAllowPlaintext, Clock: a.clock, Log: a.log}); err != nil {
		return err
	}
	a.metrics.MustRegister(a.DB)
	if _, err := a.DB.Migrate(ctx, schema.Files); err != nil {
		return err
	}
	root, err := keyring.OpenFileRoot(a.path(rootKey))
	if err != nil {
		return err
	}
	a.Keys = keyring.New(root, a.log)
	if err := a.Keys.Provision(ctx, a.DB, journal.System); err != nil {
		return err
	}
	a.Journal, err = journal.Open(ctx, journal.Config{DB: a.DB, Keys: a.Keys, Clock: a.clock, Log: a.log,
		Stamp: tenant.GenerationStamp, Publish: a.publishCheckpoint})
	if err != nil {
		return err
	}
	a.Jobs = jobs.New(a.DB, a.clock, a.log)
	a.Checks = check.New(a.DB, a.clock)
	a.Mail, err = notify.New(a.DB, a.Keys, a.Jobs, notify.Config{SMTP: s.SMTP, Password: s.SMTPPassword, From: s.MailFrom,
		AllowPlaintext: s.SMTPAllowPlaintext}, a.log)
	return err
}

// rootKey is the file of the key hierarchy's root.
const rootKey = "root.key"

// checkpoints is the file of signed journal checkpoints in the data folder:
// outside the database, for `audit verify` and for whoever copies it away.
const checkpoints = "checkpoints.txt"

// publishCheckpoint appends to the file; entries are parted by an empty line.
func (a *App) publishCheckpoint(signed string) (err error) {
	f, err := os.OpenFile(a.path(checkpoints), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the checkpoint file: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if _, err := f.WriteString(signed + checkpointEnd); err != nil {
		return fmt.Errorf("write the checkpoint file: %w", err)
	}
	return f.Sync()
}

// checkpointEnd parts the entries of the file. A checkpoint has one empty line
// within, between its text and its signature.
const checkpointEnd = "\n\n"

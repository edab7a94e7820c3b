package notify

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/jobs"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

const (
	queueName = "mail"
	workers   = 4
	keep      = 30 * 24 * time.Hour
)

// Sender queues and sends mails.
type Sender struct {
	db   *db.DB
	keys *keyring.Keyring
	jobs *jobs.Runner
	log  *slog.Logger
	smtp *server // nil when there is none
}

// New returns a sender and registers its jobs with the runner. Errors: a
// configuration that cannot be read.
func New(d *db.DB, keys *keyring.Keyring, runner *jobs.Runner, c Config, log *slog.Logger) (*Sender, error) {
	smtp, err := c.server()
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	s := &Sender{db: d, keys: keys, jobs: runner, log: log, smtp: smtp}
	runner.Queue(queueName, workers, s.deliver)
	runner.Every("mail.prune", time.Hour, s.prune)
	return s, nil
}

// Configured reports whether there is a mail server, so that mails leave.
func (s *Sender) Configured() bool { return s.smtp != nil }

// body is the sealed part of a mail.
type body struct {
	Text string `json:"text"`
	HTML string `json:"html,omitempty"`
}

// ticket is the task of sending a mail. What the mail says stays in the outbox.
type ticket struct {
	Tenant string `json:"tenant"`
	ID     string `json:"id"`
}

func seat(tenant, id string) (keyring.Scope, keyring.Field) {
	return keyring.Scope{Tenant: tenant, Namespace: "mail"}, keyring.Field{Table: "outbox", Column: "body", Row: id}
}

// Send queues a mail in the transaction, once for each ID. Errors: fault.Invalid and
// fault.TooLarge for a message that is none, or is more than one.
func (s *Sender) Send(ctx context.Context, tx *db.Tx, m Message) error {
	to, err := m.check()
	if err != nil {
		return err
	}
	plaintext, err := json.Marshal(body{Text: m.Text, HTML: m.HTML})
	if err != nil {
		return fmt.Errorf("encode a mail: %w", err)
	}
	id := m.ID
	if id == "" {
		id = rand.Text()
	}
	scope, field := seat(m.Tenant, id)
	sealed, err := s.keys.Seal(ctx, tx, scope, field, plaintext)
	if err != nil {
		return fmt.Errorf("queue a mail: %w", err)
	}
	state := Kept
	if s.smtp != nil {
		state = Waiting
	}
	queued, err := tx.Exec(ctx, `INSERT INTO outbox (tenant, id, kind, recipient, subject, body, state, error, created_at, sent_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, 0) ON CONFLICT (tenant, id) DO NOTHING`,
		m.Tenant, id, m.Kind, to.String(), m.Subject, sealed, string(state), db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("queue a mail: %w", err)
	}
	if state == Kept || queued == 0 {
		return nil
	}
	return s.jobs.Enqueue(ctx, tx, queueName, ticket{Tenant: m.Tenant, ID: id}, time.Time{})
}

// deliver sends a queued mail. It may send one twice when the program ends
// between the server's answer and our note; the Message-ID stays the same.
func (s *Sender) deliver(ctx context.Context, task jobs.Task) error {
	var t ticket
	if err := task.Read(&t); err != nil {
		return err
	}
	m, err := s.Read(ctx, t.Tenant, t.ID)
	if fault.Is(err, fault.NotFound) {
		return errors.Join(jobs.Permanent(err), s.note(ctx, t, Failed, fault.Public(err)))
	}
	if err != nil {
		return err
	}
	if m.State != Waiting {
		return nil
	}
	if s.smtp == nil {
		return s.note(ctx, t, Kept, "")
	}
	failure := s.smtp.send(ctx, m)
	if failure == nil {
		return s.note(ctx, t, Sent, "")
	}
	if ctx.Err() != nil {
		return ctx.Err() // The program stops; the mail waits for its return.
	}
	state := Waiting
	if task.Last || jobs.IsPermanent(failure) {
		state = Failed
	}
	if err := s.note(ctx, t, state, failure.Error()); err != nil {
		return err
	}
	// The server's words may hold the address; they stay in the outbox.
	told := fmt.Errorf("mail %s was not accepted; the outbox tells why", t.ID)
	if jobs.IsPermanent(failure) {
		return jobs.Permanent(told)
	}
	return told
}

func (s *Sender) note(ctx context.Context, t ticket, state State, reason string) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		sent := time.Time{}
		if state == Sent {
			sent = tx.Now
		}
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = $1, error = $2, sent_at = $3 WHERE tenant = $4 AND id = $5`,
			string(state), clip(reason), db.Micros(sent), t.Tenant, t.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the state of mail %s: %w", t.ID, err)
	}
	return nil
}

// prune forgets old mails, whatever became of them.
func (s *Sender) prune(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM outbox WHERE created_at < $1`, db.Micros(tx.Now.Add(-keep)))
		return err
	})
}

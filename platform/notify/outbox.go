package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// State says where a mail is.
type State string

// The states.
const (
	Waiting State = "waiting" // on its way, perhaps for another attempt
	Sent    State = "sent"    // the mail server took it
	Kept    State = "kept"    // there is no mail server
	Failed  State = "failed"  // refused for good, or tried too often
)

// Mail is an entry of the outbox.
type Mail struct {
	Tenant, ID, Kind, To, Subject string
	State                         State
	Error                         string // what the mail server said last
	CreatedAt, SentAt             time.Time
	Text, HTML                    string // only from Read
}

const columns = `tenant, id, kind, recipient, subject, state, error, created_at, sent_at`

func scan(row interface{ Scan(...any) error }, more ...any) (m Mail, err error) {
	var created, sent int64
	err = row.Scan(append([]any{&m.Tenant, &m.ID, &m.Kind, &m.To, &m.Subject, &m.State, &m.Error, &created, &sent}, more...)...)
	m.CreatedAt, m.SentAt = db.Time(created), db.Time(sent)
	return m, err
}

// Outbox lists a tenant's mails without their texts, the latest first.
func (s *Sender) Outbox(ctx context.Context, tenant string, limit int) (all []Mail, err error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM outbox WHERE tenant = $1 ORDER BY created_at DESC, id LIMIT $2`, tenant, limit)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read the outbox: %w", err)
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// Read returns a mail with its text. Errors: fault.NotFound.
func (s *Sender) Read(ctx context.Context, tenant, id string) (Mail, error) {
	var sealed []byte
	m, err := scan(s.db.QueryRow(ctx, `SELECT `+columns+`, body FROM outbox WHERE tenant = $1 AND id = $2`, tenant, id), &sealed)
	if db.NoRows(err) {
		return Mail{}, fault.New(fault.NotFound, "There is no such mail.")
	}
	if err != nil {
		return Mail{}, fmt.Errorf("read mail %s: %w", id, err)
	}
	scope, field := seat(tenant, id)
	plaintext, err := s.keys.Open(ctx, s.db, scope, field, sealed)
	if errors.Is(err, keyring.ErrDestroyed) {
		return Mail{}, fault.Wrap(fault.NotFound, "The text of this mail has been erased.", err)
	}
	if err != nil {
		return Mail{}, fmt.Errorf("read mail %s: %w", id, err)
	}
	var b body
	if err := json.Unmarshal(plaintext, &b); err != nil {
		return Mail{}, fmt.Errorf("read mail %s: %w", id, err)
	}
	m.Text, m.HTML = b.Text, b.HTML
	return m, nil
}

// clip makes a server's words storable.
func clip(text string) string {
	const most = 500
	if len(text) > most {
		text = text[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

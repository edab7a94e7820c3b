package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Purpose is what a one-time link is for.
type Purpose string

// The purposes.
const (
	FirstAdministrator Purpose = "set-up"
	Recovery           Purpose = "recovery"
)

// LinkLifetime is how long a link works.
const LinkLifetime = 24 * time.Hour

// Link is a one-time link that works at this moment.
type Link struct {
	Purpose Purpose
	Email   string // of who is recovered
	subject string // their user id
}

const tokenBytes = 32

func newToken() (token string, sum []byte) {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // It does not fail (crypto/rand).
	hash := sha256.Sum256(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), hash[:]
}

// sumOf is the sum of a token from outside; nil, which no link has, when it
// cannot be one.
func sumOf(token string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenBytes {
		return nil
	}
	hash := sha256.Sum256(b)
	return hash[:]
}

// InviteFirstAdministrator makes the token of a set-up link while nobody is or
// was administrator, and voids those made before; afterwards it returns "". An
// installation that has lost its administrators is recovered, not set up anew.
func (s *Service) InviteFirstAdministrator(ctx context.Context) (token string, err error) {
	token, sum := newToken()
	made := false
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		made = false
		found, err := wasAdministrator(ctx, tx, s.Tenant, "")
		if err != nil || found {
			return err
		}
		made = true
		if err := s.voidLinks(ctx, tx, FirstAdministrator, ""); err != nil {
			return err
		}
		if err := s.addLink(ctx, tx, sum, FirstAdministrator, ""); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Invited, Tenant: s.Tenant, Actor: System})
	})
	if err != nil || !made {
		return "", err
	}
	return token, nil
}

// Recover makes the token of a link with which somebody who is or was
// administrator sets a new password and is administrator again. Whoever calls
// it has proven to own the machine. Errors: fault.NotFound when no such account
// was ever administrator, fault.Invalid for the address.
func (s *Service) Recover(ctx context.Context, email string) (token string, err error) {
	_, key, err := user.Address(email)
	if err != nil {
		return "", err
	}
	token, sum := newToken()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := connection.Default(ctx, tx, s.Tenant)
		if err != nil {
			return err
		}
		u, _, err := user.FindAccount(ctx, tx, s.Tenant, c.ID, key)
		was := false
		if err == nil {
			was, err = wasAdministrator(ctx, tx, s.Tenant, u.ID)
		}
		if fault.Is(err, fault.NotFound) || (err == nil && !was) {
			return fault.New(fault.NotFound, "Nobody with this address is or was administrator.")
		}
		if err != nil {
			return err
		}
		if err := s.voidLinks(ctx, tx, Recovery, u.ID); err != nil {
			return err
		}
		if err := s.addLink(ctx, tx, sum, Recovery, u.ID); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Log.Warn("break-glass: a recovery link was made", "user", u.ID) })
		return s.Journal.Record(ctx, tx, journal.Event{Kind: RecoveryBegun, Tenant: s.Tenant, Actor: System, Object: Person(u.ID, u.Email), Subject: u.ID})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// FindLink reads a link without using it. Errors: fault.NotFound when it does
// not work, for whatever reason.
func (s *Service) FindLink(ctx context.Context, token string) (*Link, error) {
	l := &Link{}
	err := s.DB.QueryRow(ctx, `SELECT l.purpose, l.subject, coalesce(u.email, '') FROM one_time_links AS l
		LEFT JOIN users AS u ON u.tenant = l.tenant AND u.id = l.subject
		WHERE l.tenant = $1 AND l.token = $2 AND l.used_at = 0 AND l.expires_at > $3`,
		s.Tenant, sumOf(token), db.Micros(s.Clock.Now())).Scan(&l.Purpose, &l.subject, &l.Email)
	if db.NoRows(err) {
		return nil, badLink()
	}
	if err != nil {
		return nil, fmt.Errorf("find one-time link: %w", err)
	}
	return l, nil
}

func badLink() error {
	return fault.New(fault.NotFound, "This link does not work. It may have been used, replaced by a newer one, or be older than a day.").WithCode("link_invalid")
}

// RefuseLink records that somebody came with a link that does not work.
func (s *Service) RefuseLink(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Journal.Record(ctx, tx, journal.Event{Kind: LinkRefused, Tenant: s.Tenant})
	})
}

// useLink marks a link as used and returns its subject. Of several that try at
// once, one succeeds.
func (s *Service) useLink(ctx context.Context, tx *db.Tx, token string, p Purpose) (subject string, err error) {
	err = tx.QueryRow(ctx, `UPDATE one_time_links SET used_at = $4
		WHERE tenant = $1 AND token = $2 AND purpose = $3 AND used_at = 0 AND expires_at > $4 RETURNING subject`,
		s.Tenant, sumOf(token), string(p), db.Micros(tx.Now)).Scan(&subject)
	if db.NoRows(err) {
		return "", badLink()
	}
	if err != nil {
		return "", fmt.Errorf("use one-time link: %w", err)
	}
	return subject, nil
}

func (s *Service) addLink(ctx context.Context, tx *db.Tx, sum []byte, p Purpose, subject string) error {
	_, err := tx.Exec(ctx, `INSERT INTO one_time_links (tenant, token, purpose, subject, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		s.Tenant, sum, string(p), subject, db.Micros(tx.Now), db.Micros(tx.Now.Add(LinkLifetime)))
	if err != nil {
		return fmt.Errorf("store one-time link: %w", err)
	}
	return nil
}

// voidLinks ends the links of a purpose that were made for the subject before.
func (s *Service) voidLinks(ctx context.Context, tx *db.Tx, p Purpose, subject string) error {
	_, err := tx.Exec(ctx, `UPDATE one_time_links SET expires_at = $4 WHERE tenant = $1 AND purpose = $2 AND subject = $3 AND used_at = 0 AND expires_at > $4`,
		s.Tenant, string(p), subject, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("void one-time links: %w", err)
	}
	return nil
}

// PruneLinks deletes the links that have not worked for a day. It is the body
// of a job.
func (s *Service) PruneLinks(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM one_time_links WHERE expires_at <= $1`, db.Micros(tx.Now.Add(-LinkLifetime)))
		if err != nil {
			return fmt.Errorf("prune one-time links: %w", err)
		}
		return nil
	})
}

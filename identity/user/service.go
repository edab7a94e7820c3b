package user

import (
	"context"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// EndAccess ends something that lets a user in: sessions, grants. What a
// blocked or deleted user holds ends in the same transaction.
type EndAccess func(ctx context.Context, tx *db.Tx, tenant, userID string) error

// Service does what administrators do to users.
type Service struct {
	DB        *db.DB
	Journal   *journal.Journal
	EndAccess []EndAccess
}

// Block stops a user from signing in and ends every open session and grant.
// Blocking a blocked user changes nothing and reports success.
// Errors: fault.Invalid without a reason, fault.NotFound.
func (s *Service) Block(ctx context.Context, by journal.Ref, tenant, id, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "A reason is required to block a user.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := Find(ctx, tx, tenant, id)
		if err != nil || u.Blocked {
			return err
		}
		if err := setBlocked(ctx, tx, u, true); err != nil {
			return err
		}
		if err := s.endAccess(ctx, tx, u); err != nil {
			return err
		}
		return s.record(ctx, tx, Blocked, by, u, reason)
	})
}

// Unblock lets a blocked user sign in again. Unblocking a user who is not
// blocked changes nothing and reports success. Errors: fault.NotFound.
func (s *Service) Unblock(ctx context.Context, by journal.Ref, tenant, id, reason string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := Find(ctx, tx, tenant, id)
		if err != nil || !u.Blocked {
			return err
		}
		if err := setBlocked(ctx, tx, u, false); err != nil {
			return err
		}
		return s.record(ctx, tx, Unblocked, by, u, reason)
	})
}

// Delete removes a user with its accounts, passwords, sessions and grants. What
// the journal says of it stays. Deleting a user who is not there changes
// nothing and reports success.
func (s *Service) Delete(ctx context.Context, by journal.Ref, tenant, id string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := Find(ctx, tx, tenant, id)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.endAccess(ctx, tx, u); err != nil {
			return err
		}
		if err := s.record(ctx, tx, Deleted, by, u, ""); err != nil {
			return err
		}
		return remove(ctx, tx, u)
	})
}

func (s *Service) endAccess(ctx context.Context, tx *db.Tx, u *User) error {
	for _, end := range s.EndAccess {
		if err := end(ctx, tx, u.Tenant, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// record writes the event with the connections of the user beside it: Auth0's
// logs of users name them.
func (s *Service) record(ctx context.Context, tx *db.Tx, kind *journal.Kind, by journal.Ref, u *User, why string) error {
	identities, err := Identities(ctx, tx, u.Tenant, u.ID)
	if err != nil {
		return err
	}
	e := journal.Event{Kind: kind, Tenant: u.Tenant, Actor: by, Object: u.Ref(), Subject: u.ID, Description: why}
	for _, i := range identities {
		c, err := connection.Find(ctx, tx, u.Tenant, i.Connection)
		if err != nil {
			return err
		}
		e.Related = append(e.Related, journal.Ref{Type: "connection", ID: c.ID, Name: c.Name})
	}
	return s.Journal.Record(ctx, tx, e)
}

package staff

import (
	"context"
	"time"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Newcomer is who sets Gatehouse up.
type Newcomer struct {
	Email    string
	Name     string
	Password string
}

// SetUp makes the first administrator: account, password, grant and the end of
// the link, together. Errors: fault.NotFound (code link_invalid) for the link,
// fault.Invalid for the address (code invalid_email), the name or the password
// (code password_…), fault.Conflict (code user_exists).
func (s *Service) SetUp(ctx context.Context, token string, n Newcomer) (*user.User, error) {
	c, err := s.accept(ctx, token, FirstAdministrator, n.Email, n.Password)
	if err != nil {
		return nil, err
	}
	hash, err := s.Hasher.Hash(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	var u *user.User
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if _, err := s.useLink(ctx, tx, token, FirstAdministrator); err != nil {
			return err
		}
		found, err := wasAdministrator(ctx, tx, s.Tenant, "")
		if err != nil {
			return err
		}
		if found {
			return badLink()
		}
		u, err = user.Create(ctx, tx, user.New{Tenant: s.Tenant, Connection: c.ID, Provider: c.Strategy, Email: n.Email, Name: n.Name})
		if err != nil {
			return err
		}
		if err := setPassword(ctx, tx, u, c.ID, hash); err != nil {
			return err
		}
		if err := s.Journal.Record(ctx, tx, journal.Event{Kind: SetUpDone, Tenant: s.Tenant, Actor: Person(u.ID, u.Email)}); err != nil {
			return err
		}
		_, err = s.grant(ctx, tx, System, u, Administrator, "Set-up of this installation", time.Time{})
		return err
	})
	return u, err
}

// FinishRecovery sets the new password, ends whatever the account held open,
// and makes it administrator again. Errors: as SetUp, without fault.Conflict.
func (s *Service) FinishRecovery(ctx context.Context, token, password string) (*user.User, error) {
	link, err := s.FindLink(ctx, token)
	if err != nil {
		return nil, err
	}
	c, err := s.accept(ctx, token, Recovery, link.Email, password)
	if err != nil {
		return nil, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	var u *user.User
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		subject, err := s.useLink(ctx, tx, token, Recovery)
		if err != nil {
			return err
		}
		if u, err = user.Find(ctx, tx, s.Tenant, subject); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, u, c.ID, hash); err != nil {
			return err
		}
		return s.restore(ctx, tx, u)
	})
	if err != nil {
		return nil, err
	}
	s.Log.Warn("break-glass: an administrator was recovered", "user", u.ID)
	// A blocked account holds no role. Whoever owns the machine lets it in again.
	return u, s.Users.Unblock(ctx, System, s.Tenant, u.ID, "Break-glass recovery on the machine itself")
}

// restore ends what the account held open and grants the role, unless it is
// held without an end.
func (s *Service) restore(ctx context.Context, tx *db.Tx, u *user.User) error {
	for _, end := range s.Users.EndAccess {
		if err := end(ctx, tx, s.Tenant, u.ID); err != nil {
			return err
		}
	}
	if err := s.Journal.Record(ctx, tx, journal.Event{Kind: Recovered, Tenant: s.Tenant, Actor: System, Object: Person(u.ID, u.Email), Subject: u.ID}); err != nil {
		return err
	}
	grants, err := listGrants(ctx, tx, s.Tenant)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.User == u.ID && g.Role == Administrator && g.Until.IsZero() && g.InForce(tx.Now) {
			return nil
		}
	}
	_, err = s.grant(ctx, tx, System, u, Administrator, "Break-glass recovery on the machine itself", time.Time{})
	return err
}

// accept checks link, address and password before time is spent on a hash.
func (s *Service) accept(ctx context.Context, token string, p Purpose, email, password string) (*connection.Connection, error) {
	link, err := s.FindLink(ctx, token)
	if err != nil {
		return nil, err
	}
	if link.Purpose != p {
		return nil, badLink()
	}
	display, _, err := user.Address(email)
	if err != nil {
		return nil, err
	}
	c, err := connection.Default(ctx, s.DB, s.Tenant)
	if err != nil {
		return nil, err
	}
	return c, c.Settings.Password.Accept(ctx, password, display, s.Screen)
}

// setPassword finds the user's account at the connection by itself: a user may
// have others.
func setPassword(ctx context.Context, tx *db.Tx, u *user.User, connection string, h credential.Hash) error {
	identities, err := user.Identities(ctx, tx, u.Tenant, u.ID)
	if err != nil {
		return err
	}
	for _, i := range identities {
		if i.Connection == connection {
			return credential.Set(ctx, tx, credential.Account{Tenant: u.Tenant, Connection: i.Connection, Account: i.Account}, h)
		}
	}
	return fault.New(fault.Conflict, "The account has no password at this installation.")
}

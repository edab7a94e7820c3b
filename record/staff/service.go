package staff

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Service grants and looks up what staff may do.
type Service struct {
	DB      *db.DB
	Journal *journal.Journal
	Clock   clock.Clock
	Log     *slog.Logger
	Tenant  string // the operator tenant, whose users staff are
	Users   *user.Service
	Hasher  *credential.Hasher
	Screen  credential.Screener // of new passwords; nil screens nothing

	reading readings
}

// Permissions is what a user of the operator tenant may do at that moment.
// Somebody without a role, blocked or unknown may do nothing.
func (s *Service) Permissions(ctx context.Context, userID string, now time.Time) (Permissions, error) {
	return s.permissions(ctx, s.DB, userID, now)
}

func (s *Service) permissions(ctx context.Context, q db.Querier, userID string, now time.Time) (Permissions, error) {
	roles, err := rolesOf(ctx, q, s.Tenant, userID, now)
	var all Permissions
	for _, name := range roles {
		role := roleNamed(name)
		if role == nil {
			continue // of another version of the program: it gives nothing here
		}
		for _, p := range role.Permissions {
			if !all.Has(p) {
				all = append(all, p)
			}
		}
	}
	return all, err
}

// List reads every grant there ever was, the oldest first.
func (s *Service) List(ctx context.Context) ([]*Grant, error) { return listGrants(ctx, s.DB, s.Tenant) }

// Grant gives a user of the operator tenant a role; a zero until is no end.
// Errors: fault.Invalid for the role, reason or end, fault.Forbidden when by
// may not grant or grants themselves, fault.NotFound for the user.
func (s *Service) Grant(ctx context.Context, by journal.Ref, userID, role, why string, until time.Time) (*Grant, error) {
	if roleNamed(role) == nil {
		return nil, fault.Newf(fault.Invalid, "There is no role %q.", role)
	}
	if err := checkReason(why); err != nil {
		return nil, err
	}
	var g *Grant
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if !until.IsZero() && !tx.Now.Before(until) {
			return fault.New(fault.Invalid, "The grant would end before it begins.")
		}
		if err := s.mayGrant(ctx, tx, by); err != nil {
			return err
		}
		if by.ID == userID {
			return fault.New(fault.Forbidden, "Nobody grants themselves a role.")
		}
		u, err := user.Find(ctx, tx, s.Tenant, userID)
		if err != nil {
			return err
		}
		g, err = s.grant(ctx, tx, by, u, role, why, until)
		return err
	})
	return g, err
}

// Revoke ends a grant. Revoking a revoked one changes nothing and reports
// success. Errors: fault.Invalid for the reason, fault.Forbidden when by may
// not, fault.NotFound, fault.Conflict when no administrator would remain.
func (s *Service) Revoke(ctx context.Context, by journal.Ref, grantID, why string) error {
	if err := checkReason(why); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.mayGrant(ctx, tx, by); err != nil {
			return err
		}
		g, err := findGrant(ctx, tx, s.Tenant, grantID)
		if err != nil || !g.RevokedAt.IsZero() {
			return err
		}
		if g.Role == Administrator {
			others, err := lastingAdministrators(ctx, tx, s.Tenant, g.ID)
			if err != nil {
				return err
			}
			if others == 0 {
				return fault.New(fault.Conflict, "An administrator whose role has no end must remain. Make another one first.")
			}
		}
		if err := revokeGrant(ctx, tx, s.Tenant, g.ID, by.ID); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Revoked, Tenant: s.Tenant, Actor: by, Object: Person(g.User, ""), Subject: g.User,
			Description: why, Details: map[string]any{"role": g.Role, "grant": g.ID}})
	})
}

func (s *Service) mayGrant(ctx context.Context, tx *db.Tx, by journal.Ref) error {
	held, err := s.permissions(ctx, tx, by.ID, tx.Now)
	if err == nil && !held.Has(GrantRoles) {
		return fault.Newf(fault.Forbidden, "This needs the permission %s.", GrantRoles)
	}
	return err
}

// grant is Grant after its checks.
func (s *Service) grant(ctx context.Context, tx *db.Tx, by journal.Ref, u *user.User, role, why string, until time.Time) (*Grant, error) {
	g := &Grant{ID: "grt_" + rand.Text(), User: u.ID, Role: role, Reason: why, By: by.ID, GrantedAt: tx.Now, Until: until}
	if err := insertGrant(ctx, tx, s.Tenant, g); err != nil {
		return nil, err
	}
	details := map[string]any{"role": role, "grant": g.ID}
	if !until.IsZero() {
		details["until"] = until.UTC().Format(time.RFC3339)
	}
	return g, s.Journal.Record(ctx, tx, journal.Event{Kind: Granted, Tenant: s.Tenant, Actor: by, Object: Person(u.ID, u.Email), Subject: u.ID,
		Description: why, Details: details})
}

const mostReason = 500 // characters

func checkReason(why string) error {
	if strings.TrimSpace(why) == "" || utf8.RuneCountInString(why) > mostReason || !utf8.ValidString(why) || strings.ContainsFunc(why, unicode.IsControl) {
		return fault.Newf(fault.Invalid, "A reason of at most %d characters is required.", mostReason)
	}
	return nil
}

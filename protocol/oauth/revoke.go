package oauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// revoke is RFC 7009. The form of a token tells what it is, so token_type_hint
// is not needed, and a wrong one does no harm (§2.1).
func (s *Service) revoke(w http.ResponseWriter, r *http.Request) error {
	ctx, t := r.Context(), tenant.From(r.Context())
	params, err := web.Params(r)
	if err != nil {
		return err
	}
	c, err := s.authenticate(ctx, r, t, params)
	if err != nil {
		return err
	}
	web.RecordOf(r).Client = c.ID
	raw := params.Get("token")
	switch {
	case raw == "":
		return refuse(InvalidRequest, "token is missing.")
	case strings.HasPrefix(raw, session.AccessPrefix):
		err = s.revokeOpaque(ctx, t, c, raw)
	case strings.Count(raw, ".") == 2:
		err = s.revokeJWT(ctx, t, c, raw)
	default:
		err = s.revokeRefresh(ctx, t, c, raw)
	}
	if err != nil {
		return err
	}
	noStore(w)
	w.WriteHeader(http.StatusOK)
	return nil
}

// revokeRefresh ends the whole family: the refresh token takes its access
// tokens along (RFC 7009 §2.1).
func (s *Service) revokeRefresh(ctx context.Context, t *tenant.Tenant, c *client.Client, raw string) error {
	foreign := false
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		foreign = false
		found, err := session.FindRefresh(ctx, tx, t.ID, session.Stored(raw))
		if err != nil {
			return ignoreUnknown(err)
		}
		event := journal.Event{Kind: Revoked, Tenant: t.ID, Actor: c.Ref(), Object: c.Ref(),
			Related: []journal.Ref{{Type: "user", ID: found.Family.UserID}, {Type: "grant", ID: found.Family.ID}}}
		if foreign = found.Family.Client != c.ID; foreign {
			event.Kind, event.Description = RevocationError, errForeignToken.Description
			return s.Journal.Record(ctx, tx, event)
		}
		alive, err := session.RevokeFamily(ctx, tx, t.ID, found.Family.ID, session.ByClient)
		if err != nil || !alive {
			return err
		}
		return s.Journal.Record(ctx, tx, event)
	})
	if err == nil && foreign {
		return errForeignToken
	}
	return err
}

// errForeignToken is RFC 7009 §2.1: the client is told that it may not.
var errForeignToken = refuse(UnauthorizedClient, "The token was given to another application.")

func ignoreUnknown(err error) error {
	if db.NoRows(err) {
		return nil // RFC 7009 §2.2: what is not known is not good either.
	}
	return err
}

func (s *Service) revokeOpaque(ctx context.Context, t *tenant.Tenant, c *client.Client, raw string) error {
	stored, foreign := session.Stored(raw), false
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		foreign = false
		found, err := session.FindAccess(ctx, tx, t.ID, stored)
		if err != nil {
			return ignoreUnknown(err)
		}
		if foreign = found.Family.Client != c.ID; foreign {
			return nil
		}
		if err := session.RemoveAccess(ctx, tx, t.ID, stored); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, accessRevoked(t, c, found.Family.ID))
	})
	if err == nil && foreign {
		return errForeignToken
	}
	return err
}

func (s *Service) revokeJWT(ctx context.Context, t *tenant.Tenant, c *client.Client, raw string) error {
	keys, err := s.Tokens.Set(ctx, t)
	if err != nil {
		return err
	}
	claims, err := keys.VerifyAccess(raw, t.Issuer, s.Clock.Now())
	if err != nil {
		return nil //nolint:nilerr // RFC 7009 §2.2: a token that is no good need not be revoked.
	}
	if claims.ClientID != c.ID {
		return errForeignToken
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := session.RevokeJWT(ctx, tx, t.ID, claims.ID, claims.End()); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, accessRevoked(t, c, claims.Family()))
	})
}

func accessRevoked(t *tenant.Tenant, c *client.Client, family string) journal.Event {
	return journal.Event{Kind: AccessRevoked, Tenant: t.ID, Actor: c.Ref(), Object: journal.Ref{Type: "grant", ID: family}}
}

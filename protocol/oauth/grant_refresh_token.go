package oauth

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// exchangeRefresh is the refresh token grant (RFC 6749 §6) with rotation and
// reuse detection (RFC 9700 §4.14.2).
func (s *Service) exchangeRefresh(ctx context.Context, x *exchange) (*response, error) {
	secret := x.params.Get("refresh_token")
	if secret == "" {
		return nil, refuse(InvalidRequest, "refresh_token is missing.")
	}
	stored := session.Stored(secret)
	peek, err := session.FindRefresh(ctx, s.DB, x.tenant.ID, stored)
	if db.NoRows(err) {
		return nil, errNoRefresh
	}
	if err != nil {
		return nil, err
	}
	i := &issue{}
	if i.api, err = s.audienceAPI(ctx, x.tenant, peek.Family.Audience); err != nil {
		return nil, err
	}
	rotates := !x.client.Settings.RefreshToken.NonRotating
	i.prepare(peek.Family.ID, rotates)

	var replayed error
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		replayed = nil
		r, err := session.FindRefresh(ctx, tx, x.tenant.ID, stored)
		if err != nil {
			return err
		}
		if r.Family.Client != x.client.ID || !r.Good(x.now) {
			return errNoRefresh
		}
		// A replay is one whatever else is asked, so it is looked for first.
		if !within(r, x.client.Settings.RefreshToken.Leeway, tx.Now) {
			replayed = errRecorded{errNoRefresh}
			return s.replayRefresh(ctx, tx, x, r)
		}
		if i.scopes, err = narrowed(r.Family.Scopes, x.params.Get("scope")); err != nil {
			return err
		}
		i.family = r.Family
		return s.renew(ctx, tx, x, i, r, stored)
	})
	switch {
	case db.NoRows(err):
		return nil, errNoRefresh
	case err != nil:
		return nil, err
	case replayed != nil:
		return nil, replayed
	}
	return s.mint(x, i)
}

var errNoRefresh = refuse(InvalidGrant, "The refresh token is not known, has ended or was already used.")

// within reports whether a token is its family's newest, or was until a moment
// ago: an application whose answer got lost may ask again. leeway is in
// seconds. Without one no moment is short enough, not even one that lies ahead
// because another machine's clock does.
func within(r *session.RefreshToken, leeway int64, now time.Time) bool {
	if r.RotatedAt.IsZero() {
		return true
	}
	return leeway > 0 && now.Sub(r.RotatedAt) < time.Duration(leeway)*time.Second
}

// narrowed are the scopes asked for, which are the family's or fewer.
func narrowed(family []string, asked string) ([]string, error) {
	if asked == "" {
		return family, nil
	}
	var scopes []string
	for scope := range strings.FieldsSeq(asked) {
		if !slices.Contains(family, scope) {
			return nil, refuse(InvalidScope, "scope goes beyond what was granted.")
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// renew puts a new token in the place of the used one and stores what it gives.
func (s *Service) renew(ctx context.Context, tx *db.Tx, x *exchange, i *issue, r *session.RefreshToken, stored []byte) error {
	var err error
	if i.user, err = activeUser(ctx, tx, x.tenant.ID, r.Family.UserID); err != nil {
		return err
	}
	_, idle := x.client.Settings.RefreshToken.Lifetimes()
	until := tx.Now.Add(idle)
	if i.refreshSecret == "" {
		err = session.TouchRefresh(ctx, tx, x.tenant.ID, stored, until)
	} else {
		if _, err = session.RotateRefresh(ctx, tx, x.tenant.ID, stored); err == nil {
			err = session.AddRefresh(ctx, tx, r.Family, i.refreshStored, until, r.ExpiresAt)
		}
	}
	if err != nil {
		return err
	}
	if err := i.storeAccess(ctx, tx); err != nil {
		return err
	}
	if err := session.KeepFamily(ctx, tx, r.Family, tx.Now.Add(i.lifetime())); err != nil {
		return err
	}
	return s.settle(ctx, tx, x, i.event(x, Refreshed))
}

// replayRefresh ends the family: one of the two who used the token stole it.
func (s *Service) replayRefresh(ctx context.Context, tx *db.Tx, x *exchange, r *session.RefreshToken) error {
	if _, err := session.RevokeFamily(ctx, tx, x.tenant.ID, r.Family.ID, session.RefreshReplayed); err != nil {
		return err
	}
	return s.Journal.Record(ctx, tx, journal.Event{Kind: RefreshReplayed, Tenant: x.tenant.ID, Actor: x.client.Ref(), Object: x.client.Ref(),
		Related:     []journal.Ref{{Type: "user", ID: r.Family.UserID}, {Type: "grant", ID: r.Family.ID}},
		Description: "A refresh token that had been rotated was used again. Its family has been revoked.", Details: map[string]any{"error": InvalidGrant, "familyId": r.Family.ID}})
}

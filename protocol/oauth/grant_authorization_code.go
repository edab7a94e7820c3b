package oauth

import (
	"context"
	"slices"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// exchangeCode is the authorization code grant (RFC 6749 §4.1.3).
func (s *Service) exchangeCode(ctx context.Context, x *exchange) (*response, error) {
	secret := x.params.Get("code")
	if secret == "" {
		return nil, refuse(InvalidRequest, "code is missing.")
	}
	stored := session.Stored(secret)
	// The API is found before the transaction, which then sees the same code.
	peek, err := findCode(ctx, s.DB, x.tenant.ID, stored)
	if db.NoRows(err) {
		return nil, errNoCode
	}
	if err != nil {
		return nil, err
	}
	i := &issue{scopes: peek.request.Scopes, nonce: peek.request.Nonce}
	if i.api, err = s.audienceAPI(ctx, x.tenant, peek.request.Audience); err != nil {
		return nil, err
	}
	familyID := session.NewFamilyID()
	i.prepare(familyID, slices.Contains(i.scopes, "offline_access") && x.client.MayUse("refresh_token"))

	var replayed error
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		replayed = nil
		c, err := findCode(ctx, tx, x.tenant.ID, stored)
		if err != nil {
			return err
		}
		if err := c.check(x); err != nil {
			return err
		}
		// First of all the verifier: who only saw a code pass by must not be able
		// to end what it gave.
		if err := verifies(c.request.Challenge, x.params.Get("code_verifier")); err != nil {
			return err
		}
		if c.redeemed {
			replayed = errRecorded{refuse(InvalidGrant, "The code was already used.")}
			return s.replayCode(ctx, tx, x, c)
		}
		if !x.now.Before(c.expires) {
			return refuse(InvalidGrant, "The code has expired.")
		}
		return s.redeem(ctx, tx, x, c, i, stored, familyID)
	})
	switch {
	case db.NoRows(err):
		return nil, errNoCode
	case err != nil:
		return nil, err
	case replayed != nil:
		return nil, replayed
	}
	return s.mint(x, i)
}

var errNoCode = refuse(InvalidGrant, "The code is not known.")

// check is RFC 6749 §4.1.3: the code is this client's, and the redirect URI the
// one of the authorization request.
func (c *code) check(x *exchange) error {
	if c.client != x.client.ID {
		return errNoCode
	}
	uri := x.params.Get("redirect_uri")
	if uri != c.request.RedirectURI && (c.request.RedirectSent || uri != "") {
		return refuse(InvalidGrant, "redirect_uri is not that of the authorization request.")
	}
	return nil
}

// redeem uses the code up and stores everything that it gives.
func (s *Service) redeem(ctx context.Context, tx *db.Tx, x *exchange, c *code, i *issue, stored []byte, familyID string) error {
	first, err := redeemCode(ctx, tx, x.tenant.ID, stored, familyID)
	if err != nil {
		return err
	}
	if !first {
		return errNoCode // Found unused and used up in one transaction: it cannot be.
	}
	if i.user, err = activeUser(ctx, tx, x.tenant.ID, c.user); err != nil {
		return err
	}
	absolute, idle := x.client.Settings.RefreshToken.Lifetimes()
	ends := tx.Now.Add(i.lifetime())
	if i.refreshSecret != "" {
		ends = tx.Now.Add(max(absolute, i.lifetime()))
	}
	i.family = &session.Family{Tenant: x.tenant.ID, ID: familyID, Client: x.client.ID, UserID: c.user, Session: c.session,
		Audience: c.request.Audience, Scopes: c.request.Scopes, AuthTime: c.authTime, Methods: c.methods, ExpiresAt: ends}
	if err := session.StartFamily(ctx, tx, i.family); err != nil {
		return err
	}
	if i.refreshSecret != "" {
		if err := session.AddRefresh(ctx, tx, i.family, i.refreshStored, tx.Now.Add(idle), tx.Now.Add(absolute)); err != nil {
			return err
		}
	}
	if err := i.storeAccess(ctx, tx); err != nil {
		return err
	}
	return s.settle(ctx, tx, x, i.event(x, CodeExchanged))
}

// replayCode ends what the code gave: one of the two who used it stole it
// (RFC 6749 §4.1.2, RFC 9700 §4.5).
func (s *Service) replayCode(ctx context.Context, tx *db.Tx, x *exchange, c *code) error {
	if _, err := session.RevokeFamily(ctx, tx, x.tenant.ID, c.family, session.CodeReplayed); err != nil {
		return err
	}
	return s.Journal.Record(ctx, tx, journal.Event{Kind: CodeRefused, Tenant: x.tenant.ID, Actor: x.client.Ref(), Object: x.client.Ref(),
		Related:     []journal.Ref{{Type: "user", ID: c.user}, {Type: "grant", ID: c.family}},
		Description: "The code was already used. What it gave has been revoked.", Details: map[string]any{"error": InvalidGrant}})
}

// event tells of tokens given to a user's application.
func (i *issue) event(x *exchange, kind *journal.Kind) journal.Event {
	return journal.Event{Kind: kind, Tenant: x.tenant.ID, Actor: i.user.Ref(), Object: x.client.Ref(),
		Related: []journal.Ref{{Type: "session", ID: i.family.Session}, {Type: "grant", ID: i.family.ID}},
		Details: map[string]any{"scope": scopeText(i.scopes), "audience": i.family.Audience, "access_token_jti": i.jti, "refresh_token": i.refreshSecret != ""}}
}

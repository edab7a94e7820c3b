package oauth

import (
	"context"
	"crypto/rand"

	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// exchangeClientCredentials is the client credentials grant (RFC 6749 §4.4).
// This is the hottest path of the product: it reads nothing from the database
// and writes one row.
func (s *Service) exchangeClientCredentials(ctx context.Context, x *exchange) (*response, error) {
	if x.client.Public() {
		return nil, refuse(UnauthorizedClient, "A public client cannot use this grant.")
	}
	audience := x.params.Get("audience")
	if audience == "" {
		audience = x.tenant.Settings.DefaultAudience
	}
	if audience == "" {
		return nil, refuse(InvalidRequest, "audience is missing.")
	}
	a, err := s.APIs.Find(ctx, x.tenant, audience)
	if fault.Is(err, fault.NotFound) {
		return nil, refuse(InvalidTarget, "audience is not the identifier of an API here.")
	}
	if err != nil {
		return nil, err
	}
	g, err := s.APIs.FindGrant(ctx, x.tenant, x.client.ID, a.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, refuse(UnauthorizedClient, "The application was not granted this API.")
	}
	if err != nil {
		return nil, err
	}
	list, err := narrowed(g.Scopes, x.params.Get("scope"))
	if err != nil {
		return nil, err
	}
	scopes := scopeText(list)
	claims := &token.AccessClaims{Issuer: x.tenant.Issuer, Subject: x.client.ID + "@clients", Audience: token.Recipients{a.Identifier},
		ID: rand.Text(), ClientID: x.client.ID, AZP: x.client.ID, Scope: scopes, GrantType: token.GrantClientCredentials}
	claims.Life(x.now, a.Lifetime())
	// Signed before it is written down: the signature needs no transaction, and
	// nothing leaves before the commit.
	signed, err := x.keys.Access(a.Settings.SigningAlgorithm, claims)
	if err != nil {
		return nil, err
	}
	event := journal.Event{Kind: ClientToken, Tenant: x.tenant.ID, Actor: x.client.Ref(), Object: a.Ref(),
		Details: map[string]any{"scope": scopes, "access_token_jti": claims.ID}}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.settle(ctx, tx, x, event) }); err != nil {
		return nil, err
	}
	return &response{AccessToken: signed, Scope: scopes, ExpiresIn: claims.Expires - claims.IssuedAt, TokenType: "Bearer"}, nil
}

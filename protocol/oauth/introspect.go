package oauth

import (
	"context"
	"errors"
	"net/http"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/web"
)

// introspection is the answer of RFC 7662 §2.2.
type introspection struct {
	Active    bool     `json:"active"`
	Scope     string   `json:"scope,omitempty"`
	ClientID  string   `json:"client_id,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	Expires   int64    `json:"exp,omitempty"`
	IssuedAt  int64    `json:"iat,omitempty"`
	Subject   string   `json:"sub,omitempty"`
	Audience  []string `json:"aud,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	JTI       string   `json:"jti,omitempty"`
}

// introspect is RFC 7662. A client sees the tokens that were given to it; of
// all others it learns no more than that they are not active (§4).
func (s *Service) introspect(w http.ResponseWriter, r *http.Request) error {
	ctx, t := r.Context(), tenant.From(r.Context())
	params, err := web.Params(r)
	if err != nil {
		return err
	}
	c, err := s.authenticate(ctx, r, t, params)
	if err != nil {
		return err
	}
	if c.Public() {
		return &Error{Code: InvalidClient, Description: "A public client cannot prove itself here.", Status: http.StatusUnauthorized, Challenge: `Basic realm="introspect"`}
	}
	web.RecordOf(r).Client = c.ID
	raw := params.Get("token")
	if raw == "" {
		return refuse(InvalidRequest, "token is missing.")
	}
	answer, err := s.look(ctx, t, c, raw)
	if err != nil {
		return err
	}
	noStore(w)
	return web.Write(w, http.StatusOK, answer)
}

func (s *Service) look(ctx context.Context, t *tenant.Tenant, c *client.Client, raw string) (introspection, error) {
	a, err := s.Access(ctx, t, raw)
	switch {
	case err == nil && a.ClientID == c.ID:
		return introspection{Active: true, Scope: scopeText(a.Scopes), ClientID: a.ClientID, TokenType: "Bearer", Expires: a.ExpiresAt.Unix(),
			IssuedAt: a.IssuedAt.Unix(), Subject: a.Subject, Audience: a.Audience, Issuer: t.Issuer, JTI: a.JTI}, nil
	case err == nil:
		return introspection{}, nil
	case !errors.Is(err, errBadToken):
		return introspection{}, err
	}
	return s.lookRefresh(ctx, t, c, raw)
}

func (s *Service) lookRefresh(ctx context.Context, t *tenant.Tenant, c *client.Client, raw string) (introspection, error) {
	found, err := session.FindRefresh(ctx, s.DB, t.ID, session.Stored(raw))
	if db.NoRows(err) {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, err
	}
	f, now := found.Family, s.Clock.Now()
	spent := !found.RotatedAt.IsZero()
	if f.Client != c.ID || !found.Good(now) || spent {
		return introspection{}, nil
	}
	var gone *Error
	if _, err := activeUser(ctx, s.DB, t.ID, f.UserID); errors.As(err, &gone) {
		return introspection{}, nil
	} else if err != nil {
		return introspection{}, err
	}
	return introspection{Active: true, Scope: scopeText(f.Scopes), ClientID: f.Client, TokenType: "refresh_token",
		Expires: found.ExpiresAt.Unix(), IssuedAt: found.IssuedAt.Unix(), Subject: f.UserID, Issuer: t.Issuer}, nil
}

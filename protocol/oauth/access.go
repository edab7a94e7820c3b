package oauth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Access is what a good access token says.
type Access struct {
	Subject   string
	UserID    string // "" when no user stands behind the token
	ClientID  string
	Audience  []string
	Scopes    []string
	JTI       string
	Family    string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Has reports whether the token carries that scope.
func (a *Access) Has(scope string) bool { return slices.Contains(a.Scopes, scope) }

// For reports whether the token is for that audience.
func (a *Access) For(audience string) bool { return slices.Contains(a.Audience, audience) }

// errBadToken does not say what is wrong with a token.
var errBadToken = &Error{Code: InvalidToken, Description: "The access token is not good here.", Status: http.StatusUnauthorized,
	Challenge: `Bearer error="invalid_token", error_description="The access token is not good here."`}

// Access verifies an access token that this tenant gave out, of either form:
// signature, end, and that neither it nor its family was revoked. Errors: an
// *Error with the challenge of RFC 6750 §3.
func (s *Service) Access(ctx context.Context, t *tenant.Tenant, raw string) (*Access, error) {
	now := s.Clock.Now()
	if strings.HasPrefix(raw, session.AccessPrefix) {
		return s.opaque(ctx, t, raw, now)
	}
	keys, err := s.Tokens.Set(ctx, t)
	if err != nil {
		return nil, err
	}
	c, err := keys.VerifyAccess(raw, t.Issuer, now)
	if err != nil {
		return nil, errBadToken
	}
	revoked, err := session.JWTRevoked(ctx, s.DB, t.ID, c.ID, c.Family())
	if err != nil {
		return nil, err
	}
	if revoked {
		return nil, errBadToken
	}
	a := &Access{Subject: c.Subject, ClientID: c.ClientID, Audience: c.Audience, Scopes: c.Scopes(), JTI: c.ID, Family: c.Family(),
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(c.Expires, 0).UTC()}
	if c.GrantType != token.GrantClientCredentials {
		a.UserID = c.Subject
	}
	return a, nil
}

func (s *Service) opaque(ctx context.Context, t *tenant.Tenant, raw string, now time.Time) (*Access, error) {
	found, err := session.FindAccess(ctx, s.DB, t.ID, session.Stored(raw))
	if db.NoRows(err) {
		return nil, errBadToken
	}
	if err != nil {
		return nil, err
	}
	if found.Family.Revoked() || !now.Before(found.ExpiresAt) {
		return nil, errBadToken
	}
	f := found.Family
	return &Access{Subject: f.UserID, UserID: f.UserID, ClientID: f.Client, Audience: []string{t.URL("/userinfo")}, Scopes: found.Scopes,
		Family: f.ID, IssuedAt: found.IssuedAt, ExpiresAt: found.ExpiresAt}, nil
}

// Bearer reads the access token from the Authorization header, or from a form
// body (RFC 6750 §2.1, §2.2). It never reads the query (RFC 9700 §4.3.2).
// Errors: an *Error with the bare challenge when there is none.
func Bearer(r *http.Request) (string, error) {
	header := r.Header.Values("Authorization")
	var inBody string
	if r.Method == http.MethodPost && r.ContentLength != 0 {
		params, err := web.Params(r)
		if err != nil {
			return "", err
		}
		inBody = params.Get("access_token")
	}
	switch {
	case len(header) > 1, len(header) == 1 && inBody != "":
		return "", refuse(InvalidRequest, "The access token is sent by one method only.")
	case inBody != "":
		return inBody, nil
	case len(header) == 0:
		// RFC 6750 §3.1: no error code for a request without credentials.
		return "", &Error{Code: InvalidToken, Description: "An access token is required.", Status: http.StatusUnauthorized, Challenge: "Bearer"}
	}
	scheme, raw, _ := strings.Cut(header[0], " ")
	if raw = strings.TrimSpace(raw); !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return "", errBadToken
	}
	return raw, nil
}

// InsufficientScope is the refusal of RFC 6750 §3.1.
func InsufficientScope(scope string) error {
	return &Error{Code: "insufficient_scope", Description: "The access token lacks the scope " + scope + ".", Status: http.StatusForbidden,
		Challenge: `Bearer error="insufficient_scope", scope="` + scope + `"`}
}

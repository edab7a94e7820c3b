package oauth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// credentials are what a client presented (RFC 6749 §2.3.1).
type credentials struct {
	id, secret string
	basic      bool
}

// authenticate finds the client and verifies that it is the one. A confidential
// client presents its secret by one method only (RFC 6749 §2.3).
func (s *Service) authenticate(ctx context.Context, r *http.Request, t *tenant.Tenant, params web.Values) (*client.Client, error) {
	c, err := presented(r, params)
	if err != nil {
		return nil, err
	}
	if err := s.Limits.Check(r, limit.TokenFailureAddress, ""); err != nil {
		return nil, err
	}
	if err := s.Limits.Check(r, limit.TokenFailure, c.id); err != nil {
		return nil, err
	}
	found, err := s.Clients.Find(ctx, t, c.id)
	switch {
	case fault.Is(err, fault.NotFound):
		s.unauthenticated(ctx, r, t, c)
		return nil, c.refuse(t)
	case err != nil:
		return nil, err
	case found.Public() && c.secret == "" && !c.basic:
		return found, nil
	case found.SecretIs(c.secret):
		return found, nil
	}
	s.unauthenticated(ctx, r, t, c)
	return nil, c.refuse(t)
}

// presented reads the credentials from where they may stand.
func presented(r *http.Request, params web.Values) (credentials, error) {
	c := credentials{id: params.Get("client_id"), secret: params.Get("client_secret")}
	authorization := r.Header.Values("Authorization")
	if len(authorization) == 0 {
		if c.id == "" {
			return c, &Error{Code: InvalidClient, Description: "No client authentication was sent.", Status: http.StatusUnauthorized, Challenge: `Basic realm="token"`}
		}
		return c, nil
	}
	if len(authorization) > 1 || c.secret != "" {
		return c, refuse(InvalidRequest, "The client authenticates by one method only.")
	}
	id, secret, ok := basic(authorization[0])
	if !ok {
		return c, &Error{Code: InvalidClient, Description: "The Authorization header is not HTTP Basic.", Status: http.StatusUnauthorized, Challenge: `Basic realm="token"`}
	}
	if c.id != "" && c.id != id {
		return c, refuse(InvalidRequest, "client_id is not the client of the Authorization header.")
	}
	return credentials{id, secret, true}, nil
}

// basic decodes the header; both parts are form-encoded (RFC 6749 §2.3.1,
// Appendix B).
func basic(header string) (id, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(decoded), ":")
	if !ok {
		return "", "", false
	}
	if id, err = url.QueryUnescape(id); err != nil {
		return "", "", false
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return "", "", false
	}
	// What no database can look for is nobody's id.
	return id, secret, id != "" && utf8.ValidString(id) && strings.IndexByte(id, 0) < 0
}

// refuse does not say whether the client exists.
func (c credentials) refuse(t *tenant.Tenant) *Error {
	e := &Error{Code: InvalidClient, Description: "The client is not known here or did not prove itself.", Status: http.StatusUnauthorized}
	if c.basic {
		e.Challenge = fmt.Sprintf("Basic realm=%q", t.Issuer)
	}
	return e
}

// unauthenticated counts and records a failure. All of them share one subject:
// names that somebody made up must not make keys.
func (s *Service) unauthenticated(ctx context.Context, r *http.Request, t *tenant.Tenant, c credentials) {
	// Each made-up name has a count of its own, so the address has one as well.
	s.Limits.Count(r, limit.TokenFailureAddress, "")
	s.Limits.Count(r, limit.TokenFailure, c.id)
	id := c.id
	if len(id) > 64 {
		id = id[:64]
	}
	s.record(ctx, journal.Event{Kind: ClientUnknown, Tenant: t.ID, Object: journal.Ref{Type: "client", ID: strings.ToValidUTF8(id, "?")},
		Subject: "unauthenticated", Description: "The client is not known or presented a wrong secret."})
}

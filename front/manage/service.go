package manage

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Verifier checks an access token at a tenant: who it is of, which APIs it is
// for and what it allows. Errors: fault.Unauthenticated; fault.Forbidden for a
// token that is good and not for machines.
type Verifier func(ctx context.Context, t *tenant.Tenant, raw string) (subject string, audiences, scopes []string, err error)

// Service serves the Management API.
type Service struct {
	Journal     *journal.Journal
	Log         *slog.Logger
	Verify      Verifier
	Environment string      // environment_name of log events
	Limits      *limit.Gate // counts the requests of each client; nil counts none

	readers readers
}

// public is the permission of what anybody may ask.
const public = "public"

// The scopes.
const (
	readLogs      = "read:logs"
	readUsersLogs = "read:logs_users"
)

// Scopes are what the Management API of a tenant knows: those in effect.
var Scopes = []api.Scope{
	{Value: readLogs, Description: "Read the tenant's logs"},
	{Value: readUsersLogs, Description: "Read the logs of users"},
}

// Audience is the identifier of a tenant's Management API.
func Audience(t *tenant.Tenant) string { return t.Issuer + "api/v2/" }

// Surface is the API's face. A permission is one or more scopes, each of which
// is enough.
func (s *Service) Surface() web.Surface {
	const class = string(limit.API)
	routes := []web.Route{
		{Pattern: "GET /api/v2/logs", Permission: readLogs + " " + readUsersLogs, Limit: class, Handle: s.readers.few(s.listLogs)},
		{Pattern: "GET /api/v2/logs/{id}", Permission: readLogs + " " + readUsersLogs, Limit: class, Handle: s.getLog},
	}
	return web.Surface{Name: "management API", Guard: s.guard, Error: s.Error, Routes: append(routes, others(routes, class)...)}
}

// guard lets callers with a token for this tenant's Management API and one of
// the scopes through.
func (s *Service) guard(permission string, next web.Handler) (web.Handler, error) {
	if permission == public {
		return next, nil
	}
	enough := strings.Fields(permission)
	for _, scope := range enough {
		if !slices.ContainsFunc(Scopes, func(known api.Scope) bool { return known.Value == scope }) {
			return nil, fmt.Errorf("the Management API has no scope %q", scope)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		t := tenant.From(r.Context())
		if t == nil {
			return fault.New(fault.NotFound, "")
		}
		raw, err := bearer(r)
		if err != nil {
			return err
		}
		subject, audiences, scopes, err := s.Verify(r.Context(), t, raw)
		switch {
		case fault.Is(err, fault.Unauthenticated):
			return fault.Wrap(fault.Unauthenticated, "Invalid token", err).WithCode(codeToken)
		case fault.Is(err, fault.Forbidden):
			return fault.Wrap(fault.Forbidden, fault.Public(err), err).WithCode(codeScope)
		case err != nil:
			return err
		case !slices.Contains(audiences, Audience(t)):
			return fault.Newf(fault.Unauthenticated, "Bad audience: %s", strings.Join(audiences, ", ")).WithCode(codeToken)
		}
		web.RecordOf(r).User = subject
		if err := s.count(w, t, subject); err != nil {
			return err
		}
		if !slices.ContainsFunc(enough, func(scope string) bool { return slices.Contains(scopes, scope) }) {
			return fault.Newf(fault.Forbidden, "Insufficient scope, expected any of: %s", strings.Join(enough, ",")).WithCode(codeScope)
		}
		return next(w, r)
	}, nil
}

// bearer reads the token of the Authorization header (RFC 6750 §2.1), the one
// place where this API takes it.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", fault.New(fault.Unauthenticated, "Missing authentication")
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if len(values) > 1 || !found || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return "", fault.New(fault.Unauthenticated, "Bad HTTP authentication header format").WithCode("Bearer")
	}
	return strings.TrimSpace(token), nil
}

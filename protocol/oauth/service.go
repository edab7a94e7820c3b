package oauth

import (
	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
)

// Service is the authorization server.
type Service struct {
	DB      *db.DB
	Journal *journal.Journal
	Clock   clock.Clock
	Tenants *tenant.Service
	Clients *client.Service
	APIs    *api.Service
	Tokens  *token.Service
	Login   *login.Service
	Limits  *limit.Gate
}

// mostBody bounds what these endpoints read, in bytes: an authorization request
// or a token is far smaller, and anybody may send one.
const mostBody = 64 << 10

// Routes are the endpoints that applications call.
func (s *Service) Routes() web.Surface {
	return web.Surface{Name: "oauth", Guard: web.OnlyPublic, Error: WriteError, CORS: web.AnyOrigin, Routes: []web.Route{
		// The token, revocation and introspection endpoints authenticate the
		// application themselves, in the protocol's own way.
		{Pattern: "POST /oauth/token", Permission: "public", Limit: "token", Handle: s.token, MaxBody: mostBody},
		{Pattern: "POST /oauth/revoke", Permission: "public", Limit: "token", Handle: s.revoke, MaxBody: mostBody},
		{Pattern: "POST /oauth/introspect", Permission: "public", Limit: "token", Handle: s.introspect, MaxBody: mostBody},
	}}
}

// Pages are the endpoints that browsers are sent to; their errors are pages.
func (s *Service) Pages() web.Surface {
	return web.Surface{Name: "authorize", Guard: web.OnlyPublic, Error: s.Login.Error, Routes: []web.Route{
		{Pattern: "GET /authorize", Permission: "public", Limit: "page", Handle: s.authorize, MaxBody: mostBody},
		{Pattern: "POST /authorize", Permission: "public", Limit: "page", Handle: s.authorize, MaxBody: mostBody},
		{Pattern: "GET /authorize/resume", Permission: "public", Limit: "page", Handle: s.resume, MaxBody: mostBody},
	}}
}

package oidc

import (
	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/oauth"
)

// Service answers as an OpenID provider.
type Service struct {
	DB      *db.DB
	Journal *journal.Journal
	Clients *client.Service
	Tokens  *token.Service
	OAuth   *oauth.Service
	Login   *login.Service
	Cookies web.Cookies

	documents tenant.Cache[*document]
}

// Routes are the endpoints that applications call.
func (s *Service) Routes() web.Surface {
	documents, tokens := string(limit.Document), string(limit.Token)
	return web.Surface{Name: "oidc", Guard: web.OnlyPublic, Error: oauth.WriteError, CORS: web.AnyOrigin, Routes: []web.Route{
		{Pattern: "GET /.well-known/openid-configuration", Permission: "public", Limit: documents, Handle: s.discovery, Quiet: true},
		{Pattern: "GET /.well-known/oauth-authorization-server", Permission: "public", Limit: documents, Handle: s.discovery, Quiet: true},
		{Pattern: "GET /.well-known/jwks.json", Permission: "public", Limit: documents, Handle: s.keys, Quiet: true},
		// Userinfo is for whoever holds an access token.
		{Pattern: "GET /userinfo", Permission: "public", Limit: tokens, Handle: s.userinfo, MaxBody: mostForm},
		{Pattern: "POST /userinfo", Permission: "public", Limit: tokens, Handle: s.userinfo, MaxBody: mostForm},
	}}
}

// Pages are the endpoints that browsers are sent to; their errors are pages.
func (s *Service) Pages() web.Surface {
	pages := string(limit.Page)
	return web.Surface{Name: "logout", Guard: login.Guard, Error: s.Login.Error, Routes: []web.Route{
		{Pattern: "GET /oidc/logout", Permission: "public", Limit: pages, Handle: s.logout},
		{Pattern: "POST /oidc/logout", Permission: "public", Limit: pages, Handle: s.logout, MaxBody: mostForm},
		{Pattern: "POST /u/logout", Permission: "form", Limit: pages, Handle: s.confirmed, MaxBody: mostForm},
		{Pattern: "GET /v2/logout", Permission: "public", Limit: pages, Handle: s.logoutAuth0},
	}}
}

// mostForm bounds a form with an ID token in it, in bytes.
const mostForm = 64 << 10

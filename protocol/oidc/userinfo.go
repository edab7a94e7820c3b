package oidc

import (
	"net/http"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/oauth"
)

// userinfo is OpenID Connect Core §5.3. A token is good here when it was given
// out for userinfo: an API's token alone, or an application's own, is not.
func (s *Service) userinfo(w http.ResponseWriter, r *http.Request) error {
	ctx, t := r.Context(), tenant.From(r.Context())
	raw, err := oauth.Bearer(r)
	if err != nil {
		return err
	}
	access, err := s.OAuth.Access(ctx, t, raw)
	if err != nil {
		return err
	}
	record := web.RecordOf(r)
	record.Client, record.User = access.ClientID, access.UserID
	if access.UserID == "" || !access.For(t.URL("/userinfo")) {
		return errNotForUserinfo
	}
	if !access.Has("openid") {
		return oauth.InsufficientScope("openid")
	}
	u, err := user.Find(ctx, s.DB, t.ID, access.UserID)
	if fault.Is(err, fault.NotFound) || err == nil && u.Blocked {
		return errNotForUserinfo
	}
	if err != nil {
		return err
	}
	claims := u.Claims(access.Scopes)
	claims["sub"] = u.ID
	return web.Write(w, http.StatusOK, claims)
}

// errNotForUserinfo is the refusal of RFC 6750 §3.1.
var errNotForUserinfo = &oauth.Error{
	Code: oauth.InvalidToken, Description: "The access token is not good here.", Status: http.StatusUnauthorized,
	Challenge: `Bearer error="invalid_token", error_description="The access token is not good here."`,
}

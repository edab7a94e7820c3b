package oauth

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// openidScopes are the scopes about the person (OpenID Connect Core §5.4, §11).
var openidScopes = []string{"openid", "profile", "email", "offline_access"}

// longestAudience bounds what is looked for, in bytes. No API's identifier is
// longer.
const longestAudience = 600

// checkAudience finds the API that the access token is for. The userinfo
// endpoint as audience asks for none.
func (s *Service) checkAudience(ctx context.Context, a *authorization) error {
	a.Audience = a.params.Get("audience")
	if len(a.Audience) > longestAudience {
		a.Audience = ""
		return refuse(InvalidTarget, "audience is too long.")
	}
	if a.Audience == "" {
		a.Audience = a.tenant.Settings.DefaultAudience
	}
	if a.Audience == "" || a.Audience == a.tenant.URL("/userinfo") {
		a.Audience = ""
		return nil
	}
	found, err := s.APIs.Find(ctx, a.tenant, a.Audience)
	if fault.Is(err, fault.NotFound) {
		return refuse(InvalidTarget, "audience is not the identifier of an API here.")
	}
	if err == nil && found.Settings.System {
		// Every user of every application could ask, and nobody has granted it to them.
		return refuse(InvalidTarget, "The Management API gives its tokens to applications, not to people.")
	}
	a.api = found
	return err
}

// checkScope keeps the scopes that mean something here: those about the person
// and the API's. Unknown ones are ignored (OpenID Connect Core §3.1.2.1).
func (s *Service) checkScope(_ context.Context, a *authorization) error {
	text := a.params.Get("scope")
	if len(text) > longestCarried {
		return refuse(InvalidScope, "scope is too long.")
	}
	for scope := range strings.FieldsSeq(text) {
		known := slices.Contains(openidScopes, scope) || a.api != nil && a.api.Knows(scope)
		if scope == "offline_access" {
			known = s.mayRefresh(a)
		}
		if known && !a.scope(scope) {
			a.Scopes = append(a.Scopes, scope)
		}
	}
	return nil
}

// mayRefresh reports whether offline_access can be granted: to an application
// that may use refresh tokens, for an API that lets it.
func (s *Service) mayRefresh(a *authorization) bool {
	return a.client.MayUse("refresh_token") && (a.api == nil || a.api.Settings.AllowOfflineAccess)
}

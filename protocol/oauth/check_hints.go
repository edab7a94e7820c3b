package oauth

import (
	"context"
	"strings"
)

// checkHints verifies id_token_hint, which must be a token that we gave out
// (OpenID Connect Core §3.1.2.1), and takes the hints that are only comfort.
func (s *Service) checkHints(ctx context.Context, a *authorization) error {
	a.LoginHint = a.params.Get("login_hint")
	if len(a.LoginHint) > 256 {
		a.LoginHint = ""
	}
	if locales := a.params.Get("ui_locales"); len(locales) <= 256 {
		a.Locales = strings.Fields(locales)
	}
	hint := a.params.Get("id_token_hint")
	if hint == "" {
		return nil
	}
	keys, err := s.Tokens.Set(ctx, a.tenant)
	if err != nil {
		return err
	}
	claims, err := keys.VerifyHint(hint, a.tenant.Issuer)
	if err != nil {
		return &Error{Code: InvalidRequest, Description: "id_token_hint is not an ID token of this issuer.", Status: 400, Cause: err}
	}
	a.HintSubject = claims.Subject
	return nil
}

package oauth

import (
	"context"

	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// checkRedirectURI compares exactly (RFC 9700 §2.1). Without one, the client's
// only registered URI is meant (RFC 6749 §3.1.2.3).
func (s *Service) checkRedirectURI(_ context.Context, a *authorization) error {
	uri := a.params.Get("redirect_uri")
	a.RedirectURI, a.RedirectSent = uri, uri != ""
	if uri == "" {
		if len(a.client.Settings.Callbacks) != 1 {
			return login.Page(pages.InvalidRequest, InvalidRequest, "redirect_uri is missing.")
		}
		a.RedirectURI = a.client.Settings.Callbacks[0]
		return nil
	}
	if !a.client.HasCallback(uri) {
		return login.Page(pages.RedirectMismatch, InvalidRequest, "redirect_uri is not one of the application's callback addresses: "+login.Shown(uri))
	}
	return nil
}

package oauth

import (
	"context"
)

// longestCarried bounds what comes back to the client with every answer, in
// bytes: a URL much longer would not arrive.
const longestCarried = 4096

// checkResponseMode is OAuth 2.0 Multiple Response Types §2.1 and Form Post
// Response Mode §2. Its own error goes back by query, code's default.
func (s *Service) checkResponseMode(_ context.Context, a *authorization) error {
	a.Mode = "query"
	switch mode := a.params.Get("response_mode"); mode {
	case "", "query":
	case "fragment", "form_post":
		a.Mode = mode
	default:
		return refuse(InvalidRequest, "response_mode must be query, fragment or form_post.")
	}
	return nil
}

func (s *Service) checkState(_ context.Context, a *authorization) error {
	a.Nonce = a.params.Get("nonce")
	if len(a.params.Get("state")) > longestCarried {
		return refuse(InvalidRequest, "state is too long.")
	}
	if len(a.Nonce) > longestCarried {
		return refuse(InvalidRequest, "nonce is too long.")
	}
	return nil
}

// checkRequestObject refuses what would otherwise be ignored: whoever signs a
// request relies on its signature being checked (OpenID Connect Core §6).
func (s *Service) checkRequestObject(_ context.Context, a *authorization) error {
	switch {
	case a.params.Has("request"):
		return refuse(RequestNotSupported, "Request objects are not supported.")
	case a.params.Has("request_uri"):
		return refuse(RequestURINotSupported, "request_uri is not supported.")
	case a.params.Has("registration"):
		return refuse(RegistrationNotSupport, "The registration parameter is not supported.")
	}
	return nil
}

func (s *Service) checkResponseType(_ context.Context, a *authorization) error {
	switch a.params.Get("response_type") {
	case "code":
		return nil
	case "":
		return refuse(InvalidRequest, "response_type is missing.")
	}
	return refuse(UnsupportedResponseType, "response_type must be code.")
}

func (s *Service) checkGrantType(_ context.Context, a *authorization) error {
	if !a.client.MayUse("authorization_code") {
		return refuse(UnauthorizedClient, "The application may not use the authorization code grant.")
	}
	return nil
}

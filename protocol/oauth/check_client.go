package oauth

import (
	"context"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// checkClient is RFC 6749 §4.1.2.1: an unknown client is told to the person,
// never to a redirect URI.
func (s *Service) checkClient(ctx context.Context, a *authorization) error {
	a.ClientID = a.params.Get("client_id")
	if a.ClientID == "" {
		return login.Page(pages.InvalidRequest, InvalidRequest, "client_id is missing.")
	}
	c, err := s.Clients.Find(ctx, a.tenant, a.ClientID)
	if fault.Is(err, fault.NotFound) {
		return login.Page(pages.UnknownClient, InvalidClient, "client_id is not the id of an application here.")
	}
	a.client = c
	return err
}

package console

import (
	"context"
	"fmt"
	"reflect"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/record/staff"
)

// ClientID is the console as an application of the operator tenant.
const ClientID = "gatehouse-console"

// Furnish makes the console an application of the operator tenant, or follows
// a changed public address. It changes nothing when nothing is to be changed.
func (s *Service) Furnish(ctx context.Context) error {
	t, err := s.Tenants.Find(ctx, s.Staff.Tenant)
	if err != nil {
		return err
	}
	want := client.Settings{
		AppType: client.RegularWeb, FirstParty: true, TokenEndpointAuthMethod: client.MethodBasic,
		GrantTypes: []string{"authorization_code"}, RequirePKCE: true,
		Callbacks: []string{t.URL(callbackPath)}, AllowedLogoutURLs: []string{t.URL(homePath)},
	}
	have, err := s.Clients.Find(ctx, t, ClientID)
	if err == nil && reflect.DeepEqual(have.Settings, want) {
		return nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = s.Clients.Ensure(ctx, t, staff.System, ClientID, "Gatehouse console", want)
	return err
}

// relyingParty is the console as an OIDC client. Discovery is done once for
// each issuer.
func (s *Service) relyingParty(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	t, err := s.Tenants.Find(ctx, s.Staff.Tenant)
	if err != nil {
		return nil, nil, err
	}
	provider, err := s.discover(ctx, t)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, "The console cannot reach the server's own sign-in.", err)
	}
	secret, err := s.Clients.Secret(ctx, t.ID, ClientID)
	if err != nil {
		return nil, nil, fmt.Errorf("read the console's secret: %w", err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return provider, &oauth2.Config{
		ClientID: ClientID, ClientSecret: secret, RedirectURL: t.URL(callbackPath), Endpoint: endpoint,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}

func (s *Service) discover(ctx context.Context, t *tenant.Tenant) (*oidc.Provider, error) {
	s.discovering.Lock()
	defer s.discovering.Unlock()
	if s.provider != nil && s.providerOf == t.Issuer {
		return s.provider, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.HTTP), t.Issuer)
	if err != nil {
		return nil, err
	}
	s.provider, s.providerOf = provider, t.Issuer
	return provider, nil
}

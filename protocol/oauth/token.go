package oauth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// exchange is one request to the token endpoint, its client authenticated.
type exchange struct {
	tenant *tenant.Tenant
	params web.Values
	client *client.Client
	keys   *token.KeySet
	now    time.Time
}

// response is the token endpoint's answer (RFC 6749 §5.1).
type response struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	TokenType    string `json:"token_type"`
}

// grantType is one way to get tokens. run answers from one generation of the
// tenant's configuration, or returns errStale.
type grantType struct {
	name    string
	run     func(s *Service, ctx context.Context, x *exchange) (*response, error)
	refused *journal.Kind // the event of a refusal
}

// grantTypes are the ways to get tokens. To add one, write a file and give it a
// line here.
var grantTypes = []grantType{
	{"authorization_code", (*Service).exchangeCode, CodeRefused},
	{"refresh_token", (*Service).exchangeRefresh, RefreshRefused},
	{"client_credentials", (*Service).exchangeClientCredentials, ClientRefused},
}

// GrantTypes are the grant types that the token endpoint knows.
func GrantTypes() []string {
	names := make([]string, len(grantTypes))
	for i, g := range grantTypes {
		names[i] = g.name
	}
	return names
}

// errStale says that the tenant's configuration was changed while an answer was
// made from it. The transaction is rolled back and the answer made again.
var errStale = errors.New("the tenant's configuration has changed")

// errRecorded wraps a refusal whose event stands in the same transaction as
// what the refusal changed.
type errRecorded struct{ refusal *Error }

func (e errRecorded) Error() string { return e.refusal.Error() }
func (e errRecorded) Unwrap() error { return e.refusal }

const mostReloads = 5

// token is the token endpoint (RFC 6749 §3.2).
func (s *Service) token(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	x := &exchange{tenant: tenant.From(ctx), now: s.Clock.Now()}
	var err error
	if x.params, err = web.Params(r); err != nil {
		return err
	}
	for range mostReloads {
		var res *response
		if res, err = s.exchange(ctx, r, x); err == nil {
			noStore(w)
			return web.Write(w, http.StatusOK, res)
		}
		if !errors.Is(err, errStale) {
			return err
		}
		fresh, err := s.Tenants.Reload(ctx, x.tenant.ID)
		if err != nil {
			return err
		}
		x.tenant = fresh
	}
	return fault.Wrap(fault.Unavailable, "The configuration is being changed. Please try again.", errStale)
}

// exchange is what all grants share: the client is authenticated, the grant is
// known and the client's, and a refusal is recorded.
func (s *Service) exchange(ctx context.Context, r *http.Request, x *exchange) (*response, error) {
	var err error
	if x.client, err = s.authenticate(ctx, r, x.tenant, x.params); err != nil {
		return nil, err
	}
	web.RecordOf(r).Client = x.client.ID
	name := x.params.Get("grant_type")
	if name == "" {
		return nil, refuse(InvalidRequest, "grant_type is missing.")
	}
	for i := range grantTypes {
		g := &grantTypes[i]
		if g.name != name {
			continue
		}
		if x.keys, err = s.Tokens.Set(ctx, x.tenant); err != nil {
			return nil, err
		}
		res, err := s.attempt(ctx, g, x)
		s.recordExchange(ctx, g, x, err)
		return res, err
	}
	return nil, refuse(UnsupportedGrantType, "The grant_type is not supported.")
}

func (s *Service) attempt(ctx context.Context, g *grantType, x *exchange) (*response, error) {
	if !x.client.MayUse(g.name) {
		return nil, refuse(UnauthorizedClient, "The application may not use this grant.")
	}
	return g.run(s, ctx, x)
}

// recordExchange writes a refusal down, unless it stands already.
func (s *Service) recordExchange(ctx context.Context, g *grantType, x *exchange, err error) {
	var refusal *Error
	var recorded errRecorded
	if !errors.As(err, &refusal) || refusal.Status >= http.StatusInternalServerError || errors.As(err, &recorded) {
		return
	}
	s.record(ctx, journal.Event{Kind: g.refused, Tenant: x.tenant.ID, Actor: x.client.Ref(), Object: x.client.Ref(),
		Description: refusal.Description, Details: map[string]any{"error": refusal.Code}})
}

// record writes an event of its own. It is for refusals: when writing it down
// fails, the refusal stands and the failure is in the log.
func (s *Service) record(ctx context.Context, e journal.Event) {
	err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.Journal.Record(ctx, tx, e) })
	if err != nil {
		s.Journal.Log.ErrorContext(ctx, "record a refusal", "kind", e.Kind.Name, "error", err)
	}
}

// settle records the event of an answer, and refuses the answer when the
// configuration it was made from is no longer the tenant's.
func (s *Service) settle(ctx context.Context, tx *db.Tx, x *exchange, e journal.Event) error {
	generation, err := s.Journal.RecordStamped(ctx, tx, e)
	if err == nil && generation != x.tenant.Generation {
		return errStale
	}
	return err
}

func scopeText(scopes []string) string { return strings.Join(scopes, " ") }

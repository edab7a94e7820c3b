package oidc

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// request is a checked wish to sign out.
type request struct {
	tenant *tenant.Tenant
	params web.Values
	hint   *token.IDClaims // of the ID token, or nil
	client *client.Client  // nil when the request names none
	to     string          // registered address to return to, with state; "" for our own page
}

// read checks a request of RP-Initiated Logout §2. Nothing of one that has a
// mistake is done.
func (s *Service) read(r *http.Request) (*request, error) {
	ctx := r.Context()
	q := &request{tenant: tenant.From(ctx)}
	var err error
	if q.params, err = web.Params(r); err != nil {
		return nil, err
	}
	if raw := q.params.Get("id_token_hint"); raw != "" {
		keys, err := s.Tokens.Set(ctx, q.tenant)
		if err != nil {
			return nil, err
		}
		if q.hint, err = keys.VerifyHint(raw, q.tenant.Issuer); err != nil {
			return nil, s.refuse(ctx, q, pages.InvalidRequest, "id_token_hint is not an ID token of this issuer.")
		}
	}
	id, ok := audience(q.hint, q.params.Get("client_id"))
	if !ok {
		return nil, s.refuse(ctx, q, pages.InvalidRequest, "client_id is not whom the ID token was for.")
	}
	if err := s.findClient(ctx, q, id); err != nil {
		return nil, err
	}
	to := q.params.Get("post_logout_redirect_uri")
	if to == "" {
		return q, nil
	}
	if q.client == nil {
		return nil, s.refuse(ctx, q, pages.InvalidRequest, "post_logout_redirect_uri needs client_id or id_token_hint.")
	}
	if !q.client.HasLogoutURL(to) {
		return nil, s.refuse(ctx, q, pages.RedirectMismatch, "post_logout_redirect_uri is not one of the application's logout addresses: "+login.Shown(to))
	}
	q.to = located(to, q.params.Get("state"))
	return q, nil
}

// readAuth0 checks a request to Auth0's endpoint. Without client_id the
// tenant's addresses count.
func (s *Service) readAuth0(r *http.Request) (*request, error) {
	ctx := r.Context()
	q := &request{tenant: tenant.From(ctx)}
	var err error
	if q.params, err = web.Params(r); err != nil {
		return nil, err
	}
	if err := s.findClient(ctx, q, q.params.Get("client_id")); err != nil {
		return nil, err
	}
	q.to = q.params.Get("returnTo")
	known := q.to == "" || q.client == nil && slices.Contains(q.tenant.Settings.AllowedLogoutURLs, q.to) || q.client != nil && q.client.HasLogoutURL(q.to)
	if !known {
		return nil, s.refuse(ctx, q, pages.RedirectMismatch, "returnTo is not one of the allowed logout URLs: "+login.Shown(q.to))
	}
	return q, nil
}

func (s *Service) findClient(ctx context.Context, q *request, id string) error {
	if id == "" {
		return nil
	}
	var err error
	q.client, err = s.Clients.Find(ctx, q.tenant, id)
	if fault.Is(err, fault.NotFound) {
		q.client = nil
		return s.refuse(ctx, q, pages.UnknownClient, "client_id is not the id of an application here.")
	}
	return err
}

// mostTold bounds what of a refused request the journal keeps, in bytes.
const mostTold = 512

// refuse records the refusal and is its page.
func (s *Service) refuse(ctx context.Context, q *request, kind pages.ErrorKind, why string) error {
	e := journal.Event{Kind: LogoutRefused, Tenant: q.tenant.ID, Description: strings.ToValidUTF8(why[:min(len(why), mostTold)], "")}
	if q.client != nil {
		e.Object = q.client.Ref()
	}
	if q.hint != nil {
		e.Actor = journal.Ref{Type: "user", ID: q.hint.Subject}
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.Journal.Record(ctx, tx, e) }); err != nil {
		return err
	}
	return login.Page(kind, "invalid_request", why)
}

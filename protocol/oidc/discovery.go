package oidc

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/protocol/oauth"
)

// metadata describes the issuer: OpenID Connect Discovery §3, RFC 8414 §2, and
// what later documents added (RFC 9207 §3, RP-Initiated Logout §2.1, Initiating
// User Registration §2). Both well-known addresses serve it. It is kept in
// step with what the endpoints take: a client that reads it may rely on it.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	RevocationMethods     []string `json:"revocation_endpoint_auth_methods_supported"`
	IntrospectionMethods  []string `json:"introspection_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Claims                []string `json:"claims_supported"`
	ClaimTypes            []string `json:"claim_types_supported"`
	Prompts               []string `json:"prompt_values_supported"`
	UILocales             []string `json:"ui_locales_supported"`
	ISSParameter          bool     `json:"authorization_response_iss_parameter_supported"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	// Absent, it would mean true (OpenID Connect Discovery §3).
	RequestURIParameter bool `json:"request_uri_parameter_supported"`
}

func describe(t *tenant.Tenant) metadata {
	secret := []string{client.MethodBasic, client.MethodPost}
	methods := append(slices.Clone(secret), client.MethodNone)
	claims := append([]string{"amr", "at_hash", "aud", "auth_time", "azp", "exp", "iat", "iss", "nonce", "sid", "sub"}, user.SupportedClaims()...)
	slices.Sort(claims)
	return metadata{
		Issuer:                t.Issuer,
		AuthorizationEndpoint: t.URL("/authorize"),
		TokenEndpoint:         t.URL("/oauth/token"),
		UserinfoEndpoint:      t.URL("/userinfo"),
		JWKSURI:               t.URL("/.well-known/jwks.json"),
		RevocationEndpoint:    t.URL("/oauth/revoke"),
		IntrospectionEndpoint: t.URL("/oauth/introspect"),
		EndSessionEndpoint:    t.URL("/oidc/logout"),
		Scopes:                []string{"openid", "profile", "email", "offline_access"},
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query", "fragment", "form_post"},
		GrantTypes:            oauth.GrantTypes(),
		SubjectTypes:          []string{"public"},
		IDTokenAlgorithms:     token.Algorithms,
		TokenAuthMethods:      methods,
		RevocationMethods:     methods,
		IntrospectionMethods:  secret,
		ChallengeMethods:      []string{"S256"},
		Claims:                claims,
		ClaimTypes:            []string{"normal"},
		Prompts:               []string{"none", "login", "consent", "select_account", "create"},
		UILocales:             []string{"en"},
		ISSParameter:          true,
	}
}

func (s *Service) discovery(w http.ResponseWriter, r *http.Request) error {
	t := tenant.From(r.Context())
	d, err := s.documents.Get(t, "metadata", func() (*document, error) {
		body, err := json.Marshal(describe(t))
		return newDocument(body, "application/json", "public, max-age=3600"), err
	})
	if err != nil {
		return err
	}
	return d.serve(w, r)
}

// keys is the JWK set. A new key is published long before it signs, so the age
// bounds only how long one that was revoked is still believed.
func (s *Service) keys(w http.ResponseWriter, r *http.Request) error {
	t := tenant.From(r.Context())
	d, err := s.documents.Get(t, "keys", func() (*document, error) {
		set, err := s.Tokens.Set(r.Context(), t)
		if err != nil {
			return nil, err
		}
		return newDocument(set.Document(), "application/jwk-set+json", "public, max-age=300"), nil
	})
	if err != nil {
		return err
	}
	return d.serve(w, r)
}

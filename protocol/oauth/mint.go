package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/token"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// opaqueLifetime is how long an access token for no API is good.
const opaqueLifetime = 24 * time.Hour

// issue is what a user's grant hands out: decided and stored inside the
// transaction, signed after it.
type issue struct {
	family *session.Family
	scopes []string // of these tokens; the family's or fewer
	user   *user.User
	nonce  string
	api    *api.API // nil for an opaque access token

	jti           string
	accessSecret  string // opaque
	accessStored  []byte
	refreshSecret string // "" when none is handed out
	refreshStored []byte
}

// prepare makes what is random, once, so that a transaction that runs again
// stores the same.
func (i *issue) prepare(familyID string, refresh bool) {
	i.jti = familyID + "." + rand.Text()
	i.accessSecret, i.accessStored = session.NewSecret(session.AccessPrefix)
	if refresh {
		i.refreshSecret, i.refreshStored = session.NewSecret(session.RefreshPrefix)
	}
}

func (i *issue) lifetime() time.Duration {
	if i.api != nil {
		return i.api.Lifetime()
	}
	return opaqueLifetime
}

// storeAccess stores the access token if it is opaque; JWTs are not stored.
func (i *issue) storeAccess(ctx context.Context, tx *db.Tx) error {
	if i.api != nil {
		return nil
	}
	return session.AddAccess(ctx, tx, i.family, i.accessStored, i.scopes, tx.Now.Add(opaqueLifetime))
}

// mint signs what was stored.
func (s *Service) mint(x *exchange, i *issue) (*response, error) {
	res := &response{TokenType: "Bearer", ExpiresIn: int64(i.lifetime().Seconds()), Scope: scopeText(i.scopes),
		AccessToken: i.accessSecret, RefreshToken: i.refreshSecret}
	var err error
	if i.api != nil {
		if res.AccessToken, err = x.keys.Access(i.api.Settings.SigningAlgorithm, i.accessClaims(x)); err != nil {
			return nil, err
		}
	}
	if slices.Contains(i.scopes, "openid") {
		res.IDToken, err = x.keys.ID(x.client.IDTokenAlgorithm(), i.idClaims(x, res.AccessToken))
	}
	return res, err
}

func (i *issue) accessClaims(x *exchange) *token.AccessClaims {
	c := &token.AccessClaims{Issuer: x.tenant.Issuer, Subject: i.user.ID, Audience: token.Recipients{i.api.Identifier}, ID: i.jti,
		ClientID: x.client.ID, AZP: x.client.ID, Scope: scopeText(i.scopes), AuthTime: i.family.AuthTime.Unix()}
	if slices.Contains(i.scopes, "openid") {
		c.Audience = append(c.Audience, x.tenant.URL("/userinfo"))
	}
	c.Life(x.now, i.api.Lifetime())
	return c
}

// idClaims are those of OpenID Connect Core §2, and of the scopes (§5.4).
func (i *issue) idClaims(x *exchange, accessToken string) map[string]any {
	claims := i.user.Claims(i.scopes)
	maps.Copy(claims, map[string]any{
		"iss": x.tenant.Issuer, "sub": i.user.ID, "aud": x.client.ID, "azp": x.client.ID,
		"iat": x.now.Unix(), "exp": x.now.Add(x.client.IDTokenLifetime()).Unix(),
		"auth_time": i.family.AuthTime.Unix(), "sid": i.family.Session, "at_hash": leftHalf(accessToken),
	})
	if i.nonce != "" {
		claims["nonce"] = i.nonce
	}
	if len(i.family.Methods) > 0 {
		claims["amr"] = i.family.Methods
	}
	return claims
}

// leftHalf is at_hash (OpenID Connect Core §3.1.3.6) for RS256 and ES256.
func leftHalf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// audienceAPI finds the API of an audience; nil for "".
func (s *Service) audienceAPI(ctx context.Context, t *tenant.Tenant, audience string) (*api.API, error) {
	if audience == "" {
		return nil, nil //nolint:nilnil // No API is a usual answer: the token is opaque.
	}
	found, err := s.APIs.Find(ctx, t, audience)
	if fault.Is(err, fault.NotFound) {
		return nil, refuse(InvalidGrant, "The API that was asked for no longer exists.")
	}
	return found, err
}

// activeUser finds who the tokens are about. Blocked and deleted people get none.
func activeUser(ctx context.Context, q db.Querier, tenant, id string) (*user.User, error) {
	u, err := user.Find(ctx, q, tenant, id)
	if fault.Is(err, fault.NotFound) || err == nil && u.Blocked {
		return nil, &Error{Code: InvalidGrant, Description: "The user is blocked or no longer exists.", Status: http.StatusBadRequest}
	}
	return u, err
}

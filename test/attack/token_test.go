package attack

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatehouse/gatehouse/test/house"
)

var b64 = base64.RawURLEncoding

// part decodes one part of a token.
func part(t *testing.T, token string, i int) (claims map[string]any) {
	t.Helper()
	raw, err := b64.DecodeString(strings.Split(token, ".")[i])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func encode(header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	return b64.EncodeToString(h) + "." + b64.EncodeToString(c)
}

func with(m map[string]any, name string, value any) map[string]any {
	m = maps.Clone(m)
	if m[name] = value; value == nil {
		delete(m, name)
	}
	return m
}

// forgeries are tokens that look like the good one and were not signed by us.
func forgeries(t *testing.T, h *house.House, good string) map[string]string {
	header, claims := part(t, good, 0), part(t, good, 1)
	signature := good[strings.LastIndex(good, ".")+1:]
	mine, err := rsa.GenerateKey(rand.Reader, 2048)
	h.Must(err)
	byMe := func(options *jose.SignerOptions) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: mine}, options.WithType("at+jwt"))
		h.Must(err)
		payload, _ := json.Marshal(claims)
		signed, err := signer.Sign(payload)
		h.Must(err)
		compact, err := signed.CompactSerialize()
		h.Must(err)
		return compact
	}
	hmacSigned := func(key []byte) string {
		text := encode(with(header, "alg", "HS256"), claims)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return text + "." + b64.EncodeToString(mac.Sum(nil))
	}
	jwks := h.Send(http.MethodGet, house.Public+"/.well-known/jwks.json", nil, "").Body
	var set jose.JSONWebKeySet
	h.Must(json.Unmarshal([]byte(jwks), &set))
	kid := header["kid"].(string)
	public := set.Key(kid)[0]
	der, err := x509.MarshalPKIXPublicKey(public.Key)
	h.Must(err)
	var block bytes.Buffer
	h.Must(pem.Encode(&block, &pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	asJSON, _ := json.Marshal(public)
	own := jose.JSONWebKey{Key: mine.Public(), KeyID: kid, Algorithm: "RS256"}
	return map[string]string{
		"alg none":                            encode(with(header, "alg", "none"), claims) + ".",
		"alg None":                            encode(with(header, "alg", "None"), claims) + ".",
		"alg none with the good signature":    encode(with(header, "alg", "none"), claims) + "." + signature,
		"no alg":                              encode(with(header, "alg", nil), claims) + "." + signature,
		"no signature":                        strings.TrimSuffix(good, signature),
		"HS256 with the public key in PEM":    hmacSigned(block.Bytes()),
		"HS256 with the public key in DER":    hmacSigned(der),
		"HS256 with the public key as JWK":    hmacSigned(asJSON),
		"HS256 with an empty key":             hmacSigned(nil),
		"another key under our kid":           byMe((&jose.SignerOptions{}).WithHeader("kid", kid)),
		"another key that comes along":        byMe((&jose.SignerOptions{EmbedJWK: true}).WithHeader("x", "y")),
		"another key that comes under our id": byMe((&jose.SignerOptions{}).WithHeader("kid", kid).WithHeader("jwk", own)),
		"another key behind a URL":            byMe((&jose.SignerOptions{}).WithHeader("jku", "https://evil.example/jwks").WithHeader("kid", "evil")),
		"another key behind a certificate":    byMe((&jose.SignerOptions{}).WithHeader("x5u", "https://evil.example/x5u").WithHeader("kid", kid)),
		"a kid that is a path":                byMe((&jose.SignerOptions{}).WithHeader("kid", "../../../dev/null")),
		"a kid that is SQL":                   byMe((&jose.SignerOptions{}).WithHeader("kid", "x' UNION SELECT 'a")),
		"no kid":                              byMe(&jose.SignerOptions{}),
		"a changed scope":                     encode(header, with(claims, "scope", "admin")) + "." + signature,
		"a changed header":                    encode(with(header, "kid", "x"), claims) + "." + signature,
		"RS256 said of an ES256 key":          encode(with(header, "alg", "ES256"), claims) + "." + signature,
		"an unknown critical header":          byMe((&jose.SignerOptions{}).WithHeader("kid", kid).WithHeader("crit", []string{"x"})),
		"a signature in padded base 64":       good + "==",
		"a fourth part":                       good + ".x",
		"a line break":                        strings.Replace(good, ".", ".\n", 1),
	}
}

func TestForgedTokens(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		good := h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		if h.Userinfo(good.AccessToken).Status != 200 || !h.Introspect(h.Main(), good.AccessToken) {
			t.Fatal("the good token is not good")
		}
		for name, forged := range forgeries(t, h, good.AccessToken) {
			if !strings.Contains(forged, "\n") {
				if a := h.Userinfo(forged); a.Status != 401 {
					t.Errorf("userinfo takes %s: %d", name, a.Status)
				}
			}
			if h.Introspect(h.Main(), forged) {
				t.Errorf("introspection takes %s", name)
			}
			a := h.Send(http.MethodGet, house.Public+"/api/v2/logs", http.Header{"Authorization": {"Bearer " + strings.ReplaceAll(forged, "\n", "")}}, "")
			if a.Status != 401 && a.Status != 403 {
				t.Errorf("the Management API takes %s: %d", name, a.Status)
			}
		}
		for name, forged := range forgeries(t, h, good.IDToken) {
			if got := b.Get(house.Request(h.Main(), "id_token_hint", forged, "prompt", "none")).Answer(); got.Get("error") != "invalid_request" {
				t.Errorf("a hint with %s: %v", name, got)
			}
		}
	})
}

func TestOneKindOfTokenIsNotTakenForAnother(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		opaque := h.Exchange(h.Main(), b.Code(h.Main()))
		jwt := h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		service := h.Credentials()
		code := b.Code(h.Main())
		for what, token := range map[string]string{"an ID token": opaque.IDToken, "a refresh token": opaque.RefreshToken, "a code": code,
			"an application's own token": service.AccessToken} {
			if a := h.Userinfo(token); a.Status != 401 {
				t.Errorf("userinfo takes %s: %d", what, a.Status)
			}
		}
		if h.Introspect(h.Main(), opaque.IDToken) || h.Introspect(h.Main(), code) {
			t.Error("introspection takes an ID token or a code for an access token")
		}
		for what, token := range map[string]string{"an ID token": opaque.IDToken, "an access token": opaque.AccessToken, "a JWT": jwt.AccessToken, "a code": code} {
			if got := h.Refresh(h.Main(), token); got.Error != "invalid_grant" {
				t.Errorf("%s refreshes: %s", what, got.Body)
			}
			if what == "a code" {
				continue
			}
			if got := h.Exchange(h.Main(), token); got.Error != "invalid_grant" {
				t.Errorf("%s is taken for a code: %s", what, got.Body)
			}
		}
		for what, token := range map[string]string{"an access token": jwt.AccessToken, "an application's token": service.AccessToken} {
			if got := b.Get(house.Request(h.Main(), "id_token_hint", token)).Answer(); got.Get("error") != "invalid_request" {
				t.Errorf("%s is taken for an ID token: %v", what, got)
			}
		}
		for what, token := range map[string]string{"a service's token for another API": service.AccessToken, "an ID token": opaque.IDToken, "an opaque token": opaque.AccessToken} {
			if a := h.Send(http.MethodGet, house.Public+"/api/v2/logs", http.Header{"Authorization": {"Bearer " + token}}, ""); a.Status != 401 && a.Status != 403 {
				t.Errorf("the Management API takes %s: %d", what, a.Status)
			}
		}
	})
}

func TestTokensOfAnotherApplication(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		if got := h.Exchange(h.Other(), b.Code(h.Main())); got.Error != "invalid_grant" {
			t.Errorf("another application redeems the code: %s", got.Body)
		}
		code := b.Code(h.Main())
		h.Exchange(h.Other(), code)
		if !h.Exchange(h.Main(), code).OK() {
			t.Error("another application's attempt has used the code up")
		}
		mine := h.Exchange(h.Main(), b.Code(h.Main()))
		if got := h.Refresh(h.Other(), mine.RefreshToken); got.Error != "invalid_grant" {
			t.Errorf("another application refreshes: %s", got.Body)
		}
		for _, token := range []string{mine.AccessToken, mine.RefreshToken} {
			if h.Introspect(h.Other(), token) {
				t.Error("another application may look into the token")
			}
			if a := h.Revoke(h.Other(), token); a.Status != 400 || a.JSON()["error"] != "unauthorized_client" {
				t.Errorf("another application revokes: %d %s", a.Status, a.Body)
			}
		}
		if !h.Introspect(h.Main(), mine.AccessToken) || !h.Introspect(h.Main(), mine.RefreshToken) {
			t.Error("another application has ended the tokens")
		}
		if a := h.Form(house.Public+"/oauth/introspect", h.Public(), values("token", mine.AccessToken)); a.Status != 401 {
			t.Errorf("a public client may introspect: %d", a.Status)
		}
	})
}

func TestPKCECannotBeTakenAway(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		for _, tt := range []struct {
			name     string
			request  []string
			exchange []string
			good     bool
		}{
			{"the verifier that belongs", nil, nil, true},
			{"none", nil, []string{"code_verifier", ""}, false},
			{"another", nil, []string{"code_verifier", strings.Repeat("another-one-", 5)}, false},
			{"the challenge itself", nil, []string{"code_verifier", house.Challenge}, false},
			{"one that is too short", nil, []string{"code_verifier", "short"}, false},
			{"one that is too long", nil, []string{"code_verifier", strings.Repeat("a", 129)}, false},
			{"one, after the challenge was stripped", []string{"code_challenge", "", "code_challenge_method", ""}, nil, false},
			{"none, where none was asked", []string{"code_challenge", "", "code_challenge_method", ""}, []string{"code_verifier", ""}, true},
			{"another redirect URI", nil, []string{"redirect_uri", h.Main().RedirectURIs[1]}, false},
			{"no redirect URI", nil, []string{"redirect_uri", ""}, false},
		} {
			got := h.Exchange(h.Main(), b.Code(h.Main(), tt.request...), tt.exchange...)
			if got.OK() != tt.good || !tt.good && got.Error != "invalid_grant" {
				t.Errorf("%s: %d %s", tt.name, got.Status, got.Body)
			}
		}
	})
}

func TestWhatIsRevokedTakesItsOwnAlong(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		get := func() (opaque, jwt *house.Tokens) {
			return h.Exchange(h.Main(), b.Code(h.Main())), h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		}
		opaque, jwt := get()
		for what, tokens := range map[string]*house.Tokens{"opaque": opaque, "JWT": jwt} {
			if a := h.Revoke(h.Main(), tokens.AccessToken); a.Status != 200 {
				t.Fatal(a.Body)
			}
			if h.Userinfo(tokens.AccessToken).Status != 401 || h.Introspect(h.Main(), tokens.AccessToken) {
				t.Errorf("the revoked %s access token is good", what)
			}
			if !h.Introspect(h.Main(), tokens.RefreshToken) {
				t.Errorf("revoking an %s access token ended the refresh token", what)
			}
		}
		opaque, jwt = get()
		for what, tokens := range map[string]*house.Tokens{"opaque": opaque, "JWT": jwt} {
			h.Revoke(h.Main(), tokens.RefreshToken)
			if h.Userinfo(tokens.AccessToken).Status != 401 || h.Introspect(h.Main(), tokens.AccessToken) {
				t.Errorf("the %s access token outlived its refresh token", what)
			}
			if h.Refresh(h.Main(), tokens.RefreshToken).Error != "invalid_grant" {
				t.Error("a revoked refresh token refreshes")
			}
			if a := h.Revoke(h.Main(), tokens.RefreshToken); a.Status != 200 {
				t.Errorf("revoking again answers %d", a.Status)
			}
		}
	})
}

package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/test/house"
)

// Both tenants have an application demo-main and a person of the same address.
func TestWhatOneTenantGaveIsNothingAtAnother(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		here, there := h.SignedIn(h.Alice()), h.Browser()
		atAcme := &h.Neighbour.Client
		if !there.SignIn(there.Get(house.RequestAt(house.Acme, atAcme)), h.Neighbour.User).Answer().Has("code") {
			t.Fatal("the neighbour's person cannot sign in")
		}
		opaque := h.Exchange(h.Main(), here.Code(h.Main()))
		jwt := h.Exchange(h.Main(), here.Code(h.Main(), "audience", h.Demo.Audience))
		code := func() string { return here.Code(h.Main()) }

		exchange := values("grant_type", "authorization_code", "code", code(), "redirect_uri", atAcme.RedirectURIs[0], "code_verifier", house.Verifier)
		if got := h.Token(house.Acme, atAcme, exchange); got.OK() || got.Error != "invalid_grant" {
			t.Errorf("a code: %d %s", got.Status, got.Body)
		}
		if got := h.Token(house.Acme, atAcme, values("grant_type", "refresh_token", "refresh_token", opaque.RefreshToken)); got.Error != "invalid_grant" {
			t.Errorf("a refresh token: %d %s", got.Status, got.Body)
		}
		if got := h.Token(house.Acme, h.Main(), values("grant_type", "refresh_token", "refresh_token", opaque.RefreshToken)); got.Error != "invalid_client" {
			t.Errorf("an application's secret: %d %s", got.Status, got.Body)
		}
		for what, token := range map[string]string{"opaque": opaque.AccessToken, "JWT": jwt.AccessToken} {
			if a := h.Send(http.MethodGet, house.Acme+"/userinfo", http.Header{"Authorization": {"Bearer " + token}}, ""); a.Status != 401 {
				t.Errorf("userinfo takes the other tenant's %s token: %d", what, a.Status)
			}
			a := h.Form(house.Acme+"/oauth/introspect", atAcme, values("token", token))
			if a.JSON()["active"] != false {
				t.Errorf("introspection of an %s token: %s", what, a.Body)
			}
			h.Form(house.Acme+"/oauth/revoke", atAcme, values("token", token))
			if h.Userinfo(token).Status != 200 {
				t.Errorf("the other tenant has revoked the %s token", what)
			}
		}
		h.Form(house.Acme+"/oauth/revoke", atAcme, values("token", opaque.RefreshToken))
		if !h.Introspect(h.Main(), opaque.RefreshToken) {
			t.Error("the other tenant has revoked the refresh token")
		}
		// The session's cookie, planted at the other host.
		thief := h.Browser()
		thief.Plant(house.Acme, sessionCookie, here.Cookie(house.Public, sessionCookie))
		if got := thief.Get(house.RequestAt(house.Acme, atAcme, "prompt", "none")).Answer(); got.Get("error") != "login_required" {
			t.Errorf("a session: %v", got)
		}
		if got := there.Get(house.RequestAt(house.Acme, atAcme, "id_token_hint", opaque.IDToken, "prompt", "none")).Answer(); got.Get("error") != "invalid_request" {
			t.Errorf("an ID token as hint: %v", got)
		}
		there.Get(house.Acme + "/oidc/logout?id_token_hint=" + opaque.IDToken).Want(http.StatusBadRequest)
		// The journey's page under the other host.
		page := h.Browser().Get(house.Request(h.Main()))
		moved := h.Browser()
		moved.Plant(house.Acme, journeyCookie, "x")
		moved.Get(strings.Replace(page.URL.String(), house.Public, house.Acme, 1)).Want(http.StatusBadRequest)
	})
}

func TestTheSamePersonAtTwoTenantsIsTwoPeople(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser()
		page := b.Get(house.Request(h.Main()))
		if p := b.SignIn(page, h.Neighbour.User); p.Status != 400 || b.Cookie(house.Public, sessionCookie) != "" {
			t.Errorf("the password of one tenant opens the other: %d", p.Status)
		}
		here, there := h.SignedIn(h.Alice()), h.Browser()
		mine := h.Exchange(h.Main(), here.Code(h.Main()))
		code := there.SignIn(there.Get(house.RequestAt(house.Acme, &h.Neighbour.Client)), h.Neighbour.User).Answer().Get("code")
		theirs := h.Token(house.Acme, &h.Neighbour.Client, values("grant_type", "authorization_code", "code", code,
			"redirect_uri", h.Main().RedirectURIs[0], "code_verifier", house.Verifier))
		a := h.Userinfo(mine.AccessToken).JSON()
		z := h.Send(http.MethodGet, house.Acme+"/userinfo", http.Header{"Authorization": {"Bearer " + theirs.AccessToken}}, "").JSON()
		if a["email"] != z["email"] || a["sub"] == z["sub"] || a["sub"] == nil {
			t.Errorf("%v and %v", a, z)
		}
	})
}

func TestTheOperatorsConsoleIsAtItsOwnHost(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, path := range []string{"/console/", "/setup?token=x", "/console/journal", "/console/callback?code=x&state=y"} {
			if p := h.SignedIn(h.Alice()).Get(house.Public + path); p.Status != 404 {
				t.Errorf("%s at a customer's host answers %d", path, p.Status)
			}
		}
	})
}

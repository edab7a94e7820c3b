package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

// in reports whether the browser is still signed in: a silent request answers.
func (h *house) in(b *logintest.Browser) bool {
	h.Helper()
	query := url.Values{"client_id": {logintest.App}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"}}
	return strings.Contains(b.Get(acme+"/authorize?"+query.Encode()).Location(), "code=")
}

func logoutURL(values ...string) string {
	query := url.Values{}
	for i := 0; i < len(values); i += 2 {
		query.Set(values[i], values[i+1])
	}
	return acme + "/oidc/logout?" + query.Encode()
}

func TestLogoutByHint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk)
		u := h.Person(logintest.Acme, ann)
		b := h.Browser()
		got := h.signIn(b, ann, "openid")
		answer := b.Get(logoutURL("id_token_hint", got.ID, "post_logout_redirect_uri", bye, "state", "a b&c")).Want(http.StatusSeeOther)
		if answer.Location() != bye+"?state=a+b%26c" {
			t.Errorf("returns to %s", answer.Location())
		}
		if b.Cookie(atAcme, cookie) != "" || h.in(b) {
			t.Error("the person is still signed in")
		}
		e := h.Events(logintest.Acme)[1] // After it came the silent request.
		if e.Kind == nil || e.Kind.LogType != "slo" || e.Actor.ID != u.ID || e.Ref("session").ID != h.claims(got.ID)["sid"] || e.Object.ID != logintest.App {
			t.Errorf("recorded %+v", e)
		}
		b.Get(logoutURL("id_token_hint", got.ID, "post_logout_redirect_uri", bye)).Want(http.StatusSeeOther) // Again does no harm.
	})
}

func TestLogoutByPostOfTheApplication(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	b := h.Browser()
	got := h.signIn(b, ann, "openid")
	form := url.Values{"id_token_hint": {got.ID}, "post_logout_redirect_uri": {bye}}
	if to := b.PostFromElsewhere(acme+"/oidc/logout", form).Want(http.StatusSeeOther).Location(); to != bye {
		t.Errorf("returns to %s", to)
	}
	if h.in(b) {
		t.Error("the session that the hint names is still open")
	}
}

func TestLogoutAsksWhenNothingTellsWhose(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	h.Person(logintest.Acme, "bob@example.com")
	bobs := h.signIn(h.Browser(), "bob@example.com", "openid")
	b := h.Browser()
	h.signIn(b, ann, "openid")
	for _, tt := range []struct {
		name, person string
		send         func() *logintest.Answer
	}{
		{"without a hint", ann, func() *logintest.Answer { return b.Get(logoutURL()) }},
		{"with the application alone", ann, func() *logintest.Answer {
			return b.Get(logoutURL("client_id", logintest.App, "post_logout_redirect_uri", bye, "state", "s"))
		}},
		{"with somebody else's hint", ann, func() *logintest.Answer { return b.Get(logoutURL("id_token_hint", bobs.ID)) }},
		{"by a post of another site, which the cookie stays out of", "", func() *logintest.Answer {
			return b.PostFromElsewhere(acme+"/oidc/logout", url.Values{"client_id": {logintest.App}})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := tt.send().Want(http.StatusOK).Page()
			uitest.ByID(t, page, "form-logout")
			if tt.person != "" && !strings.Contains(uitest.Text(page), tt.person) {
				t.Errorf("the page does not say who: %s", uitest.Text(page))
			}
			if !h.in(b) {
				t.Fatal("nobody was asked")
			}
		})
	}
	form := url.Values{"client_id": {logintest.App}, "post_logout_redirect_uri": {bye}, "state": {"s"}}
	b.Post(acme+"/u/logout", form).Want(http.StatusBadRequest)
	form.Set("action", "accept")
	b.Header.Set("Origin", "https://evil.example")
	b.PostFromElsewhere(acme+"/u/logout", form).Want(http.StatusForbidden)
	b.Header.Del("Origin")
	if !h.in(b) {
		t.Error("a forged answer counts")
	}
	if to := b.Post(acme+"/u/logout", form).Want(http.StatusSeeOther).Location(); to != bye+"?state=s" || h.in(b) {
		t.Errorf("the answer leads to %s", to)
	}
}

func TestTheQuestionLetsTheAnswerThrough(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	b := h.Browser()
	h.signIn(b, ann, "openid")
	policy := b.Get(logoutURL("client_id", logintest.App, "post_logout_redirect_uri", bye)).Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' https://app.example") {
		t.Errorf("the policy is %q", policy)
	}
}

// TestLogoutRefusals: nothing of a request that has a mistake is done, and no
// mistake leads away from us.
func TestLogoutRefusals(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	h.Must(h.tokens.Ensure(t.Context(), h.Tenant(logintest.Other)))
	b := h.Browser()
	got := h.signIn(b, ann, "openid")
	for _, tt := range []struct{ name, address string }{
		{"a hint that is garbage", logoutURL("id_token_hint", "garbage")},
		{"a hint whose signature was changed", logoutURL("id_token_hint", got.ID[:len(got.ID)-6]+"AAAAAA")},
		{"an access token as a hint", logoutURL("id_token_hint", got.Access)},
		{"a hint at another tenant", strings.Replace(logoutURL("id_token_hint", got.ID), acme, other, 1)},
		{"a hint for another application", logoutURL("id_token_hint", got.ID, "client_id", "else")},
		{"an unknown application", logoutURL("client_id", "else")},
		{"an address that is not registered", logoutURL("id_token_hint", got.ID, "post_logout_redirect_uri", "https://evil.example/")},
		{"an address that begins like a registered one", logoutURL("id_token_hint", got.ID, "post_logout_redirect_uri", bye+".evil.example")},
		{"a callback as a return address", logoutURL("id_token_hint", got.ID, "post_logout_redirect_uri", callback)},
		{"an address of nobody", logoutURL("post_logout_redirect_uri", bye)},
		{"two addresses", logoutURL("client_id", logintest.App, "post_logout_redirect_uri", bye) + "&post_logout_redirect_uri=https://evil.example/"},
		{"Auth0: an address that is not registered", acme + "/v2/logout?client_id=app&returnTo=https://evil.example/"},
		{"Auth0: an application's address without the application", acme + "/v2/logout?returnTo=" + bye},
		{"Auth0: an unknown application", acme + "/v2/logout?client_id=else&returnTo=" + bye},
		{"Auth0: a script's address", acme + "/v2/logout?client_id=app&returnTo=javascript:alert(1)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := b.Get(tt.address).Want(http.StatusBadRequest)
			answer.Page()
			if answer.Location() != "" {
				t.Errorf("leads to %s", answer.Location())
			}
			if !h.in(b) {
				t.Error("the session has ended")
			}
		})
	}
}

func TestLogoutWithoutASession(t *testing.T) {
	h := open(t)
	b := h.Browser()
	page := b.Get(logoutURL()).Want(http.StatusOK).Page()
	if !strings.Contains(uitest.Text(page), "You are signed out") {
		t.Errorf("the page says %s", uitest.Text(page))
	}
	if to := b.Get(logoutURL("client_id", logintest.App, "post_logout_redirect_uri", bye)).Want(http.StatusSeeOther).Location(); to != bye {
		t.Errorf("returns to %s", to)
	}
}

func TestAuth0Logout(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	for _, tt := range []struct {
		name, query, to string
		status          int
	}{
		{"returns to an address of the application", "?client_id=app&returnTo=" + bye, bye, http.StatusSeeOther},
		{"with federated too", "?federated&client_id=app&returnTo=" + bye, bye, http.StatusSeeOther},
		{"without an address stays here", "?client_id=app", "", http.StatusOK},
		{"without anything stays here", "", "", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := h.Browser()
			h.signIn(b, ann, "openid")
			answer := b.Get(acme + "/v2/logout" + tt.query).Want(tt.status)
			if answer.Location() != tt.to || h.in(b) {
				t.Errorf("leads to %q", answer.Location())
			}
		})
	}
}

func TestAuth0LogoutToTheTenantsAddresses(t *testing.T) {
	h := open(t)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tenants SET settings = $2 WHERE id = $1`, logintest.Acme,
			db.JSON[tenant.Settings]{V: tenant.Settings{AllowedLogoutURLs: []string{"https://acme.example/"}}})
		if err != nil {
			return err
		}
		return h.Tenants.Changed(ctx, tx, logintest.Acme)
	})
	b := h.Browser()
	b.Get(acme + "/v2/logout?returnTo=https://acme.example/").Want(http.StatusSeeOther)
	b.Get(acme + "/v2/logout?client_id=app&returnTo=https://acme.example/").Want(http.StatusBadRequest)
}

func TestAuth0LogoutTakesANavigation(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	b := h.Browser()
	h.signIn(b, ann, "openid")
	b.Header.Set("Sec-Fetch-Mode", "no-cors") // A picture in a page of a neighbouring host.
	b.Get(acme + "/v2/logout?client_id=app").Want(http.StatusForbidden)
	b.Header.Set("Sec-Fetch-Mode", "navigate")
	if !h.in(b) {
		t.Fatal("a picture signs people out")
	}
	b.Get(acme + "/v2/logout?client_id=app").Want(http.StatusOK)
	if h.in(b) {
		t.Error("a navigation does not sign out")
	}
}

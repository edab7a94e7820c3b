package attack

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/api"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/test/house"
)

// asks says what an authorization request of a browser meets: the sign-in
// page, the consent page, a code or an error.
func asks(b *house.Browser, address string) string {
	p := b.Get(address)
	switch {
	case p.Element("form-login") != nil:
		return "login"
	case p.Element("form-signup") != nil:
		return "signup"
	case p.Element("form-consent") != nil:
		return "consent"
	}
	answer := p.Answer()
	if answer.Has("code") {
		return "code"
	}
	return answer.Get("error")
}

func TestPromptAndMaxAge(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, tt := range []struct {
			name   string
			after  time.Duration // since the sign-in
			params []string
			want   string
		}{
			{"a session is enough", time.Hour, nil, "code"},
			{"prompt login asks in any case", 0, []string{"prompt", "login"}, "login"},
			{"prompt select_account asks", 0, []string{"prompt", "select_account"}, "login"},
			{"prompt create asks to sign up", 0, []string{"prompt", "create"}, "signup"},
			{"prompt consent asks to agree", 0, []string{"prompt", "consent"}, "consent"},
			{"prompt none is silent", time.Hour, []string{"prompt", "none"}, "code"},
			{"max_age that is long enough", 9 * time.Minute, []string{"max_age", "600"}, "code"},
			{"max_age that has passed", 11 * time.Minute, []string{"max_age", "600"}, "login"},
			{"max_age that has passed, silently", 11 * time.Minute, []string{"max_age", "600", "prompt", "none"}, "login_required"},
			{"max_age 0 is prompt login", 0, []string{"max_age", "0"}, "login"},
			{"max_age 0, silently", 0, []string{"max_age", "0", "prompt", "none"}, "login_required"},
			{"prompt login and consent", 0, []string{"prompt", "login consent"}, "login"},
		} {
			b := h.SignedIn(h.Alice())
			h.Forward(tt.after)
			if got := asks(b, house.Request(h.Main(), tt.params...)); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		if got := asks(h.Browser(), house.Request(h.Main(), "prompt", "none")); got != "login_required" {
			t.Errorf("a stranger, silently: %s", got)
		}
		// Proven again, the answer says so: a new auth_time and no second question.
		b := h.SignedIn(h.Alice())
		before := part(t, h.Exchange(h.Main(), b.Code(h.Main())).IDToken, 1)["auth_time"].(float64)
		h.Forward(time.Hour)
		code := b.SignIn(b.Get(house.Request(h.Main(), "max_age", "600")), h.Alice()).Answer().Get("code")
		after := part(t, h.Exchange(h.Main(), code).IDToken, 1)["auth_time"].(float64)
		if after-before < 3600 {
			t.Errorf("auth_time moved by %v s", after-before)
		}
	})
}

func TestAHintOfSomebodyElse(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		alice, bob := h.SignedIn(h.Alice()), h.SignedIn(h.Bob())
		hint := h.Exchange(h.Main(), alice.Code(h.Main())).IDToken
		if got := asks(alice, house.Request(h.Main(), "id_token_hint", hint, "prompt", "none")); got != "code" {
			t.Errorf("the same person: %s", got)
		}
		if got := asks(bob, house.Request(h.Main(), "id_token_hint", hint, "prompt", "none")); got != "login_required" {
			t.Errorf("somebody else, silently: %s", got)
		}
		page := bob.Get(house.Request(h.Main(), "id_token_hint", hint))
		if p := bob.SignIn(page, h.Bob()); p.Location() != nil {
			t.Errorf("the code of somebody else was given: %v", p.Location())
		}
		h.Forward(30 * 24 * time.Hour)
		again := h.SignedIn(h.Alice())
		if got := asks(again, house.Request(h.Main(), "id_token_hint", hint, "prompt", "none")); got != "code" {
			t.Errorf("an ID token that has ended is still a hint (RP-Initiated Logout §2): %s", got)
		}
	})
}

func TestThirdPartiesAreAgreedTo(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		h.Configure("demo-other", func(s *client.Settings) { s.FirstParty = false })
		b := h.SignedIn(h.Alice())
		if got := asks(b, house.Request(h.Other(), "prompt", "none")); got != "consent_required" {
			t.Errorf("silently: %s", got)
		}
		page := b.Get(house.Request(h.Other(), "scope", "openid email"))
		if got := b.Submit(page, "action", "deny").Answer().Get("error"); got != "access_denied" {
			t.Errorf("denied: %s", got)
		}
		page = b.Get(house.Request(h.Other(), "scope", "openid email"))
		if !b.Submit(page).Answer().Has("code") {
			t.Error("agreed, and no code")
		}
		if got := asks(b, house.Request(h.Other(), "scope", "openid", "prompt", "none")); got != "code" {
			t.Errorf("what was agreed to is asked again: %s", got)
		}
		if got := asks(b, house.Request(h.Other(), "scope", "openid email profile", "prompt", "none")); got != "consent_required" {
			t.Errorf("more than was agreed to: %s", got)
		}
		if got := asks(b, house.Request(h.Other(), "scope", "openid", "audience", h.Demo.Audience, "prompt", "none")); got != "consent_required" {
			t.Errorf("another API than was agreed to: %s", got)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		h.Tenancy(func(s *tenant.Settings) { s.IdleSessionLifetime, s.SessionLifetime = time.Hour, 3*time.Hour })
		silent := house.Request(h.Main(), "prompt", "none")
		idle := h.SignedIn(h.Alice())
		h.Forward(59 * time.Minute)
		if got := asks(idle, silent); got != "code" {
			t.Errorf("a session that is used in time: %s", got)
		}
		h.Forward(61 * time.Minute)
		if got := asks(idle, silent); got != "login_required" {
			t.Errorf("a session that was idle for too long: %s", got)
		}
		busy := h.SignedIn(h.Alice())
		for range 5 {
			h.Forward(30 * time.Minute)
			if got := asks(busy, silent); got != "code" {
				t.Errorf("a session in use: %s", got)
			}
		}
		h.Forward(31 * time.Minute)
		if got := asks(busy, silent); got != "login_required" {
			t.Errorf("a session that is too old: %s", got)
		}
	})
}

func TestTokensEnd(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		h.Configure("demo-main", func(s *client.Settings) { s.RefreshToken.IdleLifetime, s.RefreshToken.Lifetime = 3600, 3*3600 })
		b := h.SignedIn(h.Alice())
		code := b.Code(h.Main())
		h.Forward(59 * time.Second)
		tokens := h.Exchange(h.Main(), code)
		if !tokens.OK() {
			t.Errorf("a code after 59 s: %s", tokens.Body)
		}
		code = b.Code(h.Main())
		h.Forward(61 * time.Second)
		if got := h.Exchange(h.Main(), code); got.Error != "invalid_grant" {
			t.Errorf("a code after 61 s: %s", got.Body)
		}
		jwt := h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		h.Forward(50 * time.Minute)
		idle := h.Exchange(h.Main(), b.Code(h.Main()))
		for range 3 {
			if tokens = h.Refresh(h.Main(), tokens.RefreshToken); !tokens.OK() {
				t.Fatalf("a refresh token in use: %s", tokens.Body)
			}
			h.Forward(40 * time.Minute)
		}
		if got := h.Refresh(h.Main(), idle.RefreshToken); got.Error != "invalid_grant" {
			t.Errorf("a refresh token that was idle for two hours: %s", got.Body)
		}
		h.Forward(15 * time.Minute)
		if got := h.Refresh(h.Main(), tokens.RefreshToken); got.Error != "invalid_grant" {
			t.Errorf("a family that is three hours old: %s", got.Body)
		}
		if h.Userinfo(jwt.AccessToken).Status != 200 || h.Userinfo(tokens.AccessToken).Status != 200 {
			t.Error("an access token has ended before its day")
		}
		h.Forward(24 * time.Hour)
		if h.Userinfo(jwt.AccessToken).Status != 401 || h.Userinfo(tokens.AccessToken).Status != 401 || h.Introspect(h.Main(), jwt.AccessToken) {
			t.Error("an access token has outlived its day")
		}
	})
}

func TestTheLastTokenOfAFamilyLivesAsLongAsItSays(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		ctx := context.Background()
		_, err := h.App.APIs.Ensure(ctx, h.Tenant("default"), journal.Ref{}, "https://long.example/", "Long", api.Settings{
			SigningAlgorithm: "ES256", TokenLifetime: 10 * 24 * 3600, AllowOfflineAccess: true})
		h.Must(err)
		h.Configure("demo-main", func(s *client.Settings) { s.RefreshToken.Lifetime = 11 * 24 * 3600 })
		first := h.Exchange(h.Main(), h.SignedIn(h.Alice()).Code(h.Main(), "audience", "https://long.example/"))
		h.Forward(10*24*time.Hour + 23*time.Hour)
		last := h.Refresh(h.Main(), first.RefreshToken)
		if !last.OK() {
			t.Fatal(last.Body)
		}
		for range 9 {
			h.Forward(24 * time.Hour)
			h.Must(h.App.Jobs.RunDue(ctx))
		}
		if a := h.Userinfo(last.AccessToken); a.Status != 200 || !h.Introspect(h.Main(), last.AccessToken) {
			t.Errorf("after nine of ten days: %d %s", a.Status, a.Body)
		}
		h.Revoke(h.Main(), last.RefreshToken)
		if h.Userinfo(last.AccessToken).Status != 401 {
			t.Error("its family can no longer be revoked")
		}
	})
}

func TestTheJourneyEnds(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser()
		page := b.Get(house.Request(h.Main()))
		h.Forward(61 * time.Minute)
		if p := b.SignIn(page, h.Alice()); p.Status != 400 || b.Cookie(house.Public, sessionCookie) != "" {
			t.Errorf("a page of an hour ago: %d", p.Status)
		}
	})
}

func TestKeysRotateUnseen(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		rotate := func() {
			h.Must(h.App.Tokens.Rotate(context.Background(), h.Tenant("default"), journal.Ref{}, "RS256"))
		}
		first := h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		rotate()
		second := h.Exchange(h.Main(), b.Code(h.Main(), "audience", h.Demo.Audience))
		if part(t, first.AccessToken, 0)["kid"] == part(t, second.AccessToken, 0)["kid"] {
			t.Error("the rotation changed nothing")
		}
		for what, tokens := range map[string]*house.Tokens{"before": first, "after": second} {
			if h.Userinfo(tokens.AccessToken).Status != 200 || !h.Introspect(h.Main(), tokens.AccessToken) {
				t.Errorf("a token from %s the rotation is not good", what)
			}
			if got := asks(b, house.Request(h.Main(), "id_token_hint", tokens.IDToken, "prompt", "none")); got != "code" {
				t.Errorf("an ID token from %s the rotation: %s", what, got)
			}
		}
		rotate()
		if h.Userinfo(first.AccessToken).Status != 401 || h.Userinfo(second.AccessToken).Status != 200 {
			t.Error("after a second rotation the first key's tokens are to be refused, the second's not")
		}
		h.Must(h.App.Tokens.RevokePrevious(context.Background(), h.Tenant("default"), journal.Ref{}, "RS256"))
		if h.Userinfo(second.AccessToken).Status != 401 {
			t.Error("a token of a revoked key is good")
		}
		if !h.Refresh(h.Main(), second.RefreshToken).OK() {
			t.Error("a refresh token has to do with signing keys")
		}
	})
}

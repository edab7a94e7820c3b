package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
)

func (h *house) userinfo(raw string) *logintest.Answer {
	b := h.Browser()
	b.Header = http.Header{"Authorization": {"Bearer " + raw}, "Origin": {"https://elsewhere.example"}}
	return b.Get(acme + "/userinfo")
}

func TestUserinfoTellsWhatTheScopesAllow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk)
		u := h.Person(logintest.Acme, ann)
		b := h.Browser()
		updated := float64(dbtest.Start.Unix())
		for _, tt := range []struct {
			scope string
			more  []string
			want  map[string]any
		}{
			{"openid", nil, map[string]any{"sub": u.ID}},
			{"openid email", nil, map[string]any{"sub": u.ID, "email": ann, "email_verified": false}},
			{"openid profile", nil, map[string]any{"sub": u.ID, "name": ann, "nickname": "ann", "updated_at": updated}},
			{"openid email read:notes", []string{"audience", notes}, map[string]any{"sub": u.ID, "email": ann, "email_verified": false}},
		} {
			var got map[string]any
			answer := h.userinfo(h.signIn(b, ann, tt.scope, tt.more...).Access).Want(http.StatusOK)
			h.Must(json.Unmarshal([]byte(answer.Body), &got))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: %s", tt.scope, diff)
			}
			if answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("headers %v", answer.Header)
			}
		}
	})
}

func TestUserinfoRefusals(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	b := h.Browser()
	good := h.signIn(b, ann, "openid email")
	invalid := `Bearer error="invalid_token"`
	for _, tt := range []struct {
		name      string
		send      func() *logintest.Answer
		status    int
		challenge string
	}{
		{"no token is answered without an error code", func() *logintest.Answer { return b.Get(acme + "/userinfo") }, http.StatusUnauthorized, "Bearer"},
		{"a token in the query is not read", func() *logintest.Answer { return b.Get(acme + "/userinfo?access_token=" + good.Access) }, http.StatusUnauthorized, "Bearer"},
		{"a token that nobody gave out", func() *logintest.Answer { return h.userinfo("gate_at_nonsense") }, http.StatusUnauthorized, invalid},
		{"an ID token is no access token", func() *logintest.Answer { return h.userinfo(good.ID) }, http.StatusUnauthorized, invalid},
		{"an application's own token", func() *logintest.Answer { return h.userinfo(h.ownToken()) }, http.StatusUnauthorized, invalid},
		{"a token for an API alone", func() *logintest.Answer {
			return h.userinfo(h.signIn(b, ann, "read:notes", "audience", notes).Access)
		}, http.StatusUnauthorized, invalid},
		{"a token without openid", func() *logintest.Answer { return h.userinfo(h.signIn(b, ann, "email").Access) }, http.StatusForbidden, `Bearer error="insufficient_scope"`},
		{"a token sent twice", func() *logintest.Answer {
			twice := h.Browser()
			twice.Header = http.Header{"Authorization": {"Bearer " + good.Access}}
			return twice.Post(acme+"/userinfo", url.Values{"access_token": {good.Access}})
		}, http.StatusBadRequest, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := tt.send().Want(tt.status)
			if got := answer.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, tt.challenge) || tt.challenge == "Bearer" && got != "Bearer" {
				t.Errorf("the challenge is %q", got)
			}
		})
	}
}

func TestUserinfoByForm(t *testing.T) {
	h := open(t)
	u := h.Person(logintest.Acme, ann)
	got := h.Browser().Post(acme+"/userinfo", url.Values{"access_token": {h.signIn(h.Browser(), ann, "openid").Access}}).Want(http.StatusOK)
	if !strings.Contains(got.Body, u.ID) {
		t.Errorf("answered %s", got.Body)
	}
}

func TestUserinfoEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(h *house, id string)
	}{
		{"with the token", func(h *house, _ string) { h.Clock.Forward(25 * time.Hour) }},
		{"with the user", func(h *house, id string) { h.Must(h.users().Delete(h.Context(), journal.Ref{}, logintest.Acme, id)) }},
		{"when the user is blocked", func(h *house, id string) {
			h.Must(h.users().Block(h.Context(), journal.Ref{}, logintest.Acme, id, "test"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t)
			u := h.Person(logintest.Acme, ann)
			b := h.Browser()
			opaque, jwt := h.signIn(b, ann, "openid"), h.signIn(b, ann, "openid read:notes", "audience", notes)
			h.userinfo(opaque.Access).Want(http.StatusOK)
			tt.do(h, u.ID)
			h.userinfo(opaque.Access).Want(http.StatusUnauthorized)
			h.userinfo(jwt.Access).Want(http.StatusUnauthorized)
		})
	}
}

func TestTokenIsOneTenants(t *testing.T) {
	h := open(t)
	h.Person(logintest.Acme, ann)
	h.Person(logintest.Other, ann)
	h.Must(h.tokens.Ensure(t.Context(), h.Tenant(logintest.Other)))
	b := h.Browser()
	for _, raw := range []string{h.signIn(b, ann, "openid").Access, h.signIn(b, ann, "openid", "audience", notes).Access} {
		b.Header.Set("Authorization", "Bearer "+raw)
		b.Get(other + "/userinfo").Want(http.StatusUnauthorized)
		b.Header.Del("Authorization")
	}
}

func BenchmarkUserinfo(b *testing.B) {
	h := open(b)
	h.Person(logintest.Acme, ann)
	for name, audience := range map[string]string{"opaque": "", "JWT": notes} {
		raw := h.signIn(h.Browser(), ann, "openid profile email", "audience", audience).Access
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, acme+"/userinfo", nil)
			r.Header.Set("Authorization", "Bearer "+raw)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if h.Mux.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

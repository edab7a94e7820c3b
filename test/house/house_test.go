package house

import (
	"testing"
	"time"
)

func TestTheWholeWayToTokensAndBack(t *testing.T) {
	Each(t, func(t *testing.T, h *House) {
		b := h.SignedIn(h.Alice())
		got := h.Exchange(h.Main(), b.Code(h.Main()))
		if !got.OK() || got.IDToken == "" || got.RefreshToken == "" {
			t.Fatalf("%d: %s", got.Status, got.Body)
		}
		if a := h.Userinfo(got.AccessToken); a.Status != 200 || a.JSON()["email"] != h.Alice().Email {
			t.Fatalf("%d: %s", a.Status, a.Body)
		}
		if !h.Credentials().OK() {
			t.Error("the service got no token")
		}
		next := h.Refresh(h.Main(), got.RefreshToken)
		if !next.OK() || next.RefreshToken == got.RefreshToken {
			t.Fatalf("%d: %s", next.Status, next.Body)
		}
		h.Forward(15 * time.Minute)
		h.Restart()
		if !h.Refresh(h.Main(), next.RefreshToken).OK() || b.Code(h.Main()) == "" {
			t.Error("a restart has forgotten something")
		}
		stranger := h.Browser()
		if !stranger.SignIn(stranger.Get(RequestAt(Acme, &h.Neighbour.Client)), h.Neighbour.User).Answer().Has("code") {
			t.Error("the neighbour's person cannot sign in")
		}
	})
}

package login_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
)

// TestSprayingIsStopped is the attack: from one address, one password is tried
// on account after account, none of which sees more than one failure.
func TestSprayingIsStopped(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	b := h.Browser()
	page := setOut(b, acme, "login")
	from := httptest.NewRequest(http.MethodPost, page, nil)
	from.RemoteAddr = b.IP + ":40000"
	for range 299 { // As many failed sign-ins, without the cost of a password each.
		h.Login.Limits.Count(from, limit.LoginFailure, acmeID)
	}
	told := func() (n int) {
		for _, e := range h.Events(acmeID) {
			if e.Kind != nil && e.Kind.LogType == "limit_mu" {
				n++
				if e.Actor.Type != "address" || e.Actor.Name != b.IP || e.Source.IP.String() != b.IP {
					t.Errorf("the event tells of %+v from %s", e.Actor, e.Source.IP)
				}
			}
		}
		return n
	}
	if n := told(); n != 0 {
		t.Errorf("%d events tell of an address that is not held back", n)
	}
	b.Post(page, credentials("bob@example.com", "Summer2026!")).Want(http.StatusBadRequest)
	if got := h.kinds(acmeID); !slices.Equal(got, []string{"login.address_blocked", "login.user_unknown"}) {
		t.Errorf("the failure that is one too many is recorded as %v", got)
	}
	before := h.Hashes()
	for _, account := range []string{"eve@example.com", ann} { // Whether there is such an account or not, and with the right password.
		if got := b.Post(page, credentials(account, password)).Want(http.StatusTooManyRequests).Header.Get("Retry-After"); got != "36" {
			t.Errorf("%s may come back in %s seconds", account, got)
		}
	}
	if h.Hashes() != before {
		t.Error("an address that is held back still costs hashes")
	}
	elsewhere := h.Browser()
	elsewhere.IP = "198.51.100.4"
	elsewhere.Post(setOut(elsewhere, acme, "login"), credentials(ann, password)).Want(http.StatusSeeOther)
	b.Post(setOut(b, other, "login"), credentials(ann, password)).Want(http.StatusBadRequest) // Another tenant counts for itself.
	h.Clock.Forward(36 * time.Second)
	b.Post(page, credentials("eve@example.com", "Summer2026!")).Want(http.StatusBadRequest)
	b.Post(page, credentials("eve@example.com", "Summer2026!")).Want(http.StatusTooManyRequests)
	if n := told(); n != 1 {
		t.Errorf("%d events tell of the same address within an hour", n)
	}
}

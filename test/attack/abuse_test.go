package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/test/house"
)

// TestPeopleGetNoManagementToken: whoever can sign up could otherwise read what
// everybody did.
func TestPeopleGetNoManagementToken(t *testing.T) {
	h := house.Open(t)
	b := h.SignedIn(h.Alice())
	management := h.Tenant(app.DefaultTenant).URL("/api/v2/")
	answer := b.Get(house.Request(h.Public(), "audience", management, "scope", "openid read:logs")).Answer()
	if answer.Get("error") != "invalid_target" || answer.Get("code") != "" {
		t.Errorf("a person asks for a token of the Management API: %v", answer)
	}
}

// TestASpentCodeAloneRevokesNothing: codes pass through histories and logs; the
// verifier does not.
func TestASpentCodeAloneRevokesNothing(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		code := b.Code(h.Public())
		tokens := h.Exchange(h.Public(), code)
		if !tokens.OK() {
			t.Fatal(tokens)
		}
		for name, verifier := range map[string]string{"without a verifier": "", "with one made up": strings.Repeat("a", 43)} {
			if again := h.Exchange(h.Public(), code, "code_verifier", verifier); again.OK() {
				t.Errorf("%s a spent code is good", name)
			}
			if got := h.Userinfo(tokens.AccessToken).Status; got != http.StatusOK {
				t.Fatalf("%s a spent code ends what it gave: userinfo answers %d", name, got)
			}
		}
		h.Exchange(h.Public(), code)
		if got := h.Userinfo(tokens.AccessToken).Status; got != http.StatusUnauthorized {
			t.Errorf("a replay by whoever holds the verifier ends nothing: userinfo answers %d", got)
		}
	})
}

// TestStrangersWriteLittle: every refusal is an event, so what a stranger can
// put into one is bounded.
func TestStrangersWriteLittle(t *testing.T) {
	h := house.Open(t)
	long := strings.Repeat("x", 25_000)
	base := strings.TrimSuffix(h.Demo.Issuer, "/")
	header := http.Header{"User-Agent": {long}, "Auth0-Client": {long}, "Content-Type": {"application/x-www-form-urlencoded"}}
	h.Send(http.MethodPost, base+"/oauth/token", header, "grant_type=client_credentials&client_secret=x&client_id="+long[:200])
	for _, name := range []string{"audience", "prompt", "scope", "state", "nonce", "response_type", "redirect_uri", "id_token_hint", "client_id"} {
		form := url.Values{"client_id": {h.Public().ClientID}, "redirect_uri": {h.Public().RedirectURIs[0]}, "response_type": {"code"}}
		form.Set(name, strings.Repeat("y ", 25_000))
		if got := h.Send(http.MethodPost, base+"/authorize", header, form.Encode()).Status; got >= http.StatusInternalServerError {
			t.Errorf("a long %s answers %d", name, got)
		}
	}
	if longest := h.Count("SELECT max(length(payload)) FROM journal"); longest > 8192 {
		t.Errorf("an event of a stranger's request takes %d bytes", longest)
	}
	for line := range strings.Lines(h.Log()) {
		if len(line) > 4096 {
			t.Errorf("a line of the log has %d bytes: %s…", len(line), line[:200])
		}
	}
}

// TestTheLogHoldsNoQuery: addresses that are refused may hold anything.
func TestTheLogHoldsNoQuery(t *testing.T) {
	h := house.Open(t)
	b := h.Browser()
	b.Get(house.Request(h.Public(), "redirect_uri", "https://rp.example/cb?token=SECRETMARK")).Want(http.StatusBadRequest)
	base := strings.TrimSuffix(h.Demo.Issuer, "/")
	b.Get(base + "/v2/logout?client_id=" + h.Public().ClientID + "&returnTo=" + url.QueryEscape("https://rp.example/?token=SECRETMARK")).Want(http.StatusBadRequest)
	if strings.Contains(h.Log(), "SECRETMARK") {
		t.Error("the log holds what stood behind the question mark")
	}
}

// TestNobodySignsUpAmongStaff: an account there is an invitation.
func TestNobodySignsUpAmongStaff(t *testing.T) {
	h := house.Open(t)
	operator := h.Tenant(app.OperatorTenant)
	b := h.Browser()
	page := b.Get(operator.URL("/console/sign-in")).Want(http.StatusOK)
	if strings.Contains(page.Text(), "Create an account") {
		t.Error("the console's sign-in offers an account")
	}
	address := strings.Replace(page.URL.String(), "/u/login", "/u/signup", 1)
	form := url.Values{"email": {"admin@corp.example"}, "password": {"correct horse battery"}}
	b.Post(address, form).Want(http.StatusForbidden)
	if n := h.Count("SELECT count(*) FROM users WHERE tenant = $1", operator.ID); n != 0 {
		t.Errorf("%d accounts were made among staff", n)
	}
}

// TestLookingMakesNothing: HEAD is what link previews send.
func TestLookingMakesNothing(t *testing.T) {
	h := house.Open(t)
	h.Send(http.MethodHead, house.Request(h.Public()), nil, "")
	if n := h.Count("SELECT count(*) FROM journeys"); n != 0 {
		t.Errorf("a HEAD request made %d journeys", n)
	}
}

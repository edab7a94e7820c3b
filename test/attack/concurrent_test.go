package attack

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/protocol/oauth"
	"github.com/gatehouse/gatehouse/test/house"
)

const crowd = 64

// together does one thing many times at once and returns what came back.
func together(n int, do func(i int) *house.Tokens) (good, bad []*house.Tokens) {
	all := make([]*house.Tokens, n)
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-begin
			all[i] = do(i)
		})
	}
	ready.Wait()
	close(begin)
	done.Wait()
	for _, one := range all {
		if one.OK() {
			good = append(good, one)
		} else {
			bad = append(bad, one)
		}
	}
	return good, bad
}

// refused complains of any refusal that is not the standard's.
func refused(t *testing.T, bad []*house.Tokens) {
	t.Helper()
	for _, one := range bad {
		if one.Status != 400 || one.Error != oauth.InvalidGrant {
			t.Errorf("a refusal is %d %s", one.Status, one.Body)
		}
	}
}

func TestACodeIsGoodOnceHoweverManyComeWithIt(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		code := h.SignedIn(h.Alice()).Code(h.Main())
		good, bad := together(crowd, func(int) *house.Tokens { return h.Exchange(h.Main(), code) })
		if len(good) != 1 {
			t.Fatalf("%d of %d were given tokens, want 1", len(good), crowd)
		}
		refused(t, bad)
		// RFC 6749 §4.1.2: what the code gave is revoked when its replay is seen.
		if a := h.Userinfo(good[0].AccessToken); a.Status != 401 {
			t.Errorf("the access token of the replayed code is still good: %d", a.Status)
		}
		if h.Introspect(h.Main(), good[0].RefreshToken) {
			t.Error("the refresh token of the replayed code is still good")
		}
		refused(t, []*house.Tokens{h.Refresh(h.Main(), good[0].RefreshToken)})
		if n := len(h.Events(oauth.CodeRefused)); n == 0 {
			t.Error("no replay stands in the journal")
		}
	})
}

func TestARefreshTokenWithoutLeewayIsGoodOnce(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		untouched := h.Exchange(h.Main(), b.Code(h.Main()))
		var first *house.Tokens
		var good, bad []*house.Tokens
		for range 3 { // Once everything is warm, more of the crowd are there at once.
			first = h.Exchange(h.Main(), b.Code(h.Main()))
			good, bad = together(crowd, func(int) *house.Tokens { return h.Refresh(h.Main(), first.RefreshToken) })
			if len(good) != 1 {
				t.Fatalf("%d of %d were given tokens, want 1", len(good), crowd)
			}
		}
		refused(t, bad)
		for what, token := range map[string]string{"newest": good[0].RefreshToken, "used": first.RefreshToken} {
			if h.Introspect(h.Main(), token) || h.Refresh(h.Main(), token).OK() {
				t.Errorf("the %s refresh token of the family is still good", what)
			}
		}
		if h.Userinfo(good[0].AccessToken).Status != 401 || h.Userinfo(first.AccessToken).Status != 401 {
			t.Error("an access token of the family is still good")
		}
		if !h.Refresh(h.Main(), untouched.RefreshToken).OK() {
			t.Error("another family was revoked along")
		}
	})
}

func TestARefreshTokenWithLeeway(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		h.Configure("demo-main", func(s *client.Settings) { s.RefreshToken.Leeway = 30 })
		b := h.SignedIn(h.Alice())
		first := h.Exchange(h.Main(), b.Code(h.Main()))
		good, bad := together(16, func(int) *house.Tokens { return h.Refresh(h.Main(), first.RefreshToken) })
		if len(good) < 2 {
			t.Fatalf("%d of 16 succeeded within the leeway", len(good))
		}
		for _, one := range bad { // Under PostgreSQL some may be asked to come again.
			if one.Status != 503 {
				t.Errorf("a refusal is %d %s", one.Status, one.Body)
			}
		}
		seen := map[string]bool{}
		for _, one := range good {
			if seen[one.RefreshToken] {
				t.Error("two answers hold the same refresh token")
			}
			seen[one.RefreshToken] = true
		}
		if !h.Refresh(h.Main(), good[0].RefreshToken).OK() {
			t.Error("a token from within the leeway is not good")
		}
		h.Forward(31 * time.Second)
		refused(t, []*house.Tokens{h.Refresh(h.Main(), first.RefreshToken)})
		for _, one := range good {
			if h.Introspect(h.Main(), one.RefreshToken) {
				t.Error("a replay after the leeway left the family alive")
			}
		}
	})
}

func TestAReplayIsSeenWhateverElseIsAsked(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		first := h.Exchange(h.Main(), h.SignedIn(h.Alice()).Code(h.Main()))
		second := h.Refresh(h.Main(), first.RefreshToken)
		h.Refresh(h.Main(), first.RefreshToken, "scope", "openid more:than-granted")
		if h.Introspect(h.Main(), second.RefreshToken) {
			t.Error("a replay that asks for too much does not end the family")
		}
	})
}

func TestASecondJourneyAnswerGivesNoSecondCode(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser().Still()
		page := b.Get(house.Request(h.Main()))
		login := b.Get(page.Location().String())
		resume := b.SignIn(login, h.Alice()).Location().String()
		codes := 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				p := b.Get(resume)
				if to := p.Location(); to != nil && to.Query().Get("code") != "" {
					mu.Lock()
					codes++
					mu.Unlock()
				} else if p.Status != 400 && p.Status != 503 {
					t.Errorf("resuming answers %d", p.Status)
				}
			})
		}
		all.Wait()
		if codes != 1 {
			t.Errorf("one journey gave %d codes", codes)
		}
	})
}

func TestSignUpsWithOneAddressMakeOneAccount(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				b := h.Browser()
				page := b.Get(house.Request(h.Main(), "screen_hint", "signup"))
				answer := b.Submit(page, "email", "crowd@demo.example", "password", "a long walk in the rain")
				if answer.Status >= 500 && answer.Status != 503 {
					t.Errorf("%d: %s", answer.Status, answer.Text())
				}
			})
		}
		all.Wait()
		if n := h.Count(`SELECT count(*) FROM users WHERE tenant = 'default' AND email_key = 'crowd@demo.example'`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

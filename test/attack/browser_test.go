package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/test/house"
)

const sessionCookie, journeyCookie = "__Host-gatehouse", "__Host-gatehouse-journey"

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser()
		login := b.Get(house.Request(h.Main()))
		form := values("username", h.Alice().Email, "password", h.Alice().Password)
		b.PostFromElsewhere(login.URL.String(), form).Want(http.StatusForbidden)
		if b.Cookie(house.Public, sessionCookie) != "" {
			t.Error("another site signed the browser in")
		}
		if b.SignIn(login, h.Alice()).Answer().Get("code") == "" {
			t.Error("the journey was spoiled")
		}
		out := b.Get(house.Public + "/oidc/logout")
		b.PostFromElsewhere(house.Public+"/u/logout", values("action", "accept")).Want(http.StatusForbidden)
		if b.Cookie(house.Public, sessionCookie) == "" || out.Status != 200 {
			t.Error("another site signed the browser out")
		}
	})
}

// Login CSRF: the attacker begins a journey and lets the victim's browser finish it.
func TestAJourneyBelongsToOneBrowser(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		attacker, victim := h.Browser(), h.Browser()
		page := attacker.Get(house.Request(h.Main()))
		victim.Get(page.URL.String()).Want(http.StatusBadRequest)
		victim.Get(house.Request(h.Other())) // Now it has a journey cookie of its own.
		victim.Get(page.URL.String()).Want(http.StatusBadRequest)
		victim.Post(page.URL.String(), values("username", h.Alice().Email, "password", h.Alice().Password)).Want(http.StatusBadRequest)
		if victim.Cookie(house.Public, sessionCookie) != "" {
			t.Error("the victim was signed in by the attacker's journey")
		}
		state := page.URL.Query().Get("state")
		victim.Get(house.Public + "/authorize/resume?state=" + state).Want(http.StatusBadRequest)
		// After the attacker has signed in, the link still opens for nobody else.
		attacker.Still()
		resume := attacker.SignIn(page, h.Bob()).Location().String()
		victim.Get(resume).Want(http.StatusBadRequest)
		if !attacker.Get(resume).Answer().Has("code") {
			t.Error("the journey does not go on where it began")
		}
	})
}

func TestASessionIsNotFixed(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser()
		planted := strings.Repeat("A", 43)
		b.Plant(house.Public, sessionCookie, planted)
		b.SignIn(b.Get(house.Request(h.Main())), h.Alice())
		first := b.Cookie(house.Public, sessionCookie)
		if first == planted || first == "" {
			t.Fatal("a planted session became a good one")
		}
		b.SignIn(b.Get(house.Request(h.Main(), "prompt", "login")), h.Alice())
		second := b.Cookie(house.Public, sessionCookie)
		if first == second {
			t.Error("signing in again kept the session's token")
		}
		thief := h.Browser()
		thief.Plant(house.Public, sessionCookie, first)
		if thief.Get(house.Request(h.Main(), "prompt", "none")).Answer().Has("code") {
			t.Error("the token from before the sign-in is still good")
		}
		b.SignIn(b.Get(house.Request(h.Main(), "prompt", "login")), h.Bob())
		thief.Plant(house.Public, sessionCookie, second)
		if thief.Get(house.Request(h.Main(), "prompt", "none")).Answer().Has("code") {
			t.Error("the session of who was signed in before is still good")
		}
	})
}

func TestACookieSentTwiceIsNotBelieved(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		good := sessionCookie + "=" + b.Cookie(house.Public, sessionCookie)
		for _, cookies := range []string{good + "; " + good, good + "; " + sessionCookie + "=x"} {
			a := h.Send(http.MethodGet, house.Request(h.Main(), "prompt", "none"), http.Header{"Cookie": {cookies}}, "")
			if !strings.Contains(a.Header.Get("Location"), "login_required") {
				t.Errorf("%d %s", a.Status, a.Header.Get("Location"))
			}
		}
	})
}

func TestPagesKeepTheirHeaders(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.Browser()
		signedIn := h.SignedIn(h.Alice())
		for name, p := range map[string]*house.Page{
			"login":   b.Get(house.Request(h.Main())),
			"signup":  b.Get(house.Request(h.Main(), "screen_hint", "signup")),
			"consent": signedIn.Get(house.Request(h.Main(), "prompt", "consent")),
			"logout":  signedIn.Get(house.Public + "/oidc/logout"),
			"error":   b.Get(house.Request(h.Main(), "redirect_uri", "https://evil.example")),
			"missing": b.Get(house.Public + "/nothing"),
			"set-up":  b.Get("https://operator.localhost/setup?token=x"),
			"console": b.Get("https://operator.localhost/console/"),
		} {
			policy := p.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || p.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s can be framed or scripted: %q %q", name, policy, p.Header.Get("X-Frame-Options"))
			}
			if got := p.Header.Get("Strict-Transport-Security"); !strings.Contains(got, "max-age=") {
				t.Errorf("%s has no HSTS: %q", name, got)
			}
			if p.Header.Get("X-Content-Type-Options") != "nosniff" || p.Header.Get("Cache-Control") != "no-store" || p.Header.Get("Referrer-Policy") == "" {
				t.Errorf("%s: %v", name, p.Header)
			}
			if p.Header.Get("Server") != "" || p.Header.Get("X-Powered-By") != "" {
				t.Errorf("%s says what serves it", name)
			}
		}
		for _, c := range b.Get(house.Request(h.Main())).Cookies {
			if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-") {
				t.Errorf("an unsafe cookie: %v", c)
			}
		}
	})
}

func TestHostsThatAreNotOurs(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		for _, host := range []string{"evil.example", "localhost.evil.example", "xlocalhost", "default", "127.0.0.1", "nobody.localhost", "default.localhost", "localhost@evil.example"} {
			a := h.Raw("localhost", "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
			if a == nil || a.Status != 404 && a.Status != 400 || strings.Contains(a.Body, host) && host != "default" {
				t.Errorf("%s: %+v", host, a)
			}
		}
		for _, tt := range []struct{ name, header string }{
			{"X-Forwarded-Host", "X-Forwarded-Host: evil.example"},
			{"Forwarded", "Forwarded: host=evil.example;proto=http"},
			{"X-Original-URL", "X-Original-URL: /evil"},
			{"X-Forwarded-Proto", "X-Forwarded-Proto: http"},
			{"X-Forwarded-For", "X-Forwarded-For: 203.0.113.9"},
			{"another port", "X-Forwarded-Port: 1234"},
		} {
			a := h.Raw("localhost", "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\n"+tt.header+"\r\nConnection: close\r\n\r\n")
			if a == nil || a.Status != 200 || a.JSON()["issuer"] != h.Demo.Issuer || strings.Contains(a.Body, "evil") {
				t.Errorf("%s: %+v", tt.name, a)
			}
		}
		a := h.Raw("localhost", "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: LOCALHOST.:8443\r\nConnection: close\r\n\r\n")
		if a == nil || a.Status != 200 || a.JSON()["issuer"] != h.Demo.Issuer {
			t.Errorf("the host in another spelling: %+v", a)
		}
	})
}

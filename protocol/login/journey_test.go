package login_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

func TestJourneyKeepsWhatItWasGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		b := h.Browser()
		page := setOut(b, acme, "login&hint=ann@example.com")
		j, err := h.resume(b, page)
		h.Must(err)
		if string(j.Request) != "what the application wants" || j.Client != "app" || j.LoginHint != "ann@example.com" {
			t.Errorf("resumed %+v", j)
		}
		if got := uitest.Attr(uitest.ByID(t, b.Get(page).Want(http.StatusOK).Page(), "username"), "value"); got != "ann@example.com" {
			t.Errorf("the page hints at %q", got)
		}
		var stored string
		h.Must(h.DB.QueryRow(t.Context(), `SELECT stage FROM journeys`).Scan(&stored))
		if strings.Contains(stored, "ann@") {
			t.Errorf("the address lies in the open: %s", stored)
		}
	})
}

func TestJourneyIsFinishedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		b := h.Browser()
		page := setOut(b, acme, "login")
		j, err := h.resume(b, page)
		h.Must(err)
		var finished atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				var first bool
				err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
					first, err = h.Login.Finish(t.Context(), tx, j)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if first {
					finished.Add(1)
				}
			})
		}
		all.Wait()
		if n := finished.Load(); n != 1 {
			t.Errorf("the journey was finished %d times", n)
		}
		b.Get(page).Want(http.StatusBadRequest)
	})
}

func TestJourneyEndsAfterAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		b := h.Browser()
		old := setOut(b, acme, "login")
		clk.Forward(login.Life - time.Microsecond)
		b.Get(old).Want(http.StatusOK)
		young := setOut(b, acme, "login")
		clk.Forward(time.Microsecond)
		b.Get(old).Want(http.StatusBadRequest)
		h.Must(h.Login.Prune(t.Context()))
		var left int
		h.Must(d.QueryRow(t.Context(), `SELECT count(*) FROM journeys`).Scan(&left))
		if left != 1 {
			t.Errorf("%d journeys are left, want one", left)
		}
		b.Get(young).Want(http.StatusOK)
	})
}

func TestJourneyBelongsToItsBrowser(t *testing.T) {
	h := open(t)
	h.Person(acmeID, "mallory@example.com")
	attacker, victim := h.Browser(), h.Browser()
	link := setOut(attacker, acme, "login")
	elsewhere := strings.Replace(link, acme, other, 1)
	for _, tt := range []struct {
		name string
		open func() int
		want int
	}{
		{"its own browser opens it", func() int { return attacker.Get(link).Status }, http.StatusOK},
		{"a browser without a journey does not", func() int { return victim.Get(link).Status }, http.StatusBadRequest},
		{"a browser with another journey does not", func() int { setOut(victim, acme, "login"); return victim.Get(link).Status }, http.StatusBadRequest},
		{"nor can it sign in there, even with the right password", func() int {
			return victim.Post(link, credentials("mallory@example.com", password)).Status
		}, http.StatusBadRequest},
		{"another tenant does not know it", func() int {
			attacker.Plant("other.id.example", "__Host-gatehouse-journey", attacker.Cookie("acme.id.example", "__Host-gatehouse-journey"))
			return attacker.Get(elsewhere).Status
		}, http.StatusBadRequest},
		{"a link without a state leads nowhere", func() int { return attacker.Get(acme + "/u/login").Status }, http.StatusBadRequest},
		{"a link with two states leads nowhere", func() int { return attacker.Get(link + "&state=x").Status }, http.StatusBadRequest},
		{"a state that is no secret leads nowhere", func() int { return attacker.Get(acme + "/u/login?state=%27--").Status }, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.open(); got != tt.want {
				t.Errorf("status %d, want %d", got, tt.want)
			}
		})
	}
	page := victim.Get(link).Page()
	if heading := uitest.Text(find(t, page, "h1")); heading != "Signing in took too long" {
		t.Errorf("the page says %q", heading)
	}
	if victim.Cookie("acme.id.example", "__Host-gatehouse") != "" {
		t.Error("the victim is signed in")
	}
}

func TestTabsShareABrowser(t *testing.T) {
	h := open(t)
	b := h.Browser()
	first, second := setOut(b, acme, "login"), setOut(b, acme, "signup")
	b.Get(first).Want(http.StatusOK)
	b.Get(second).Want(http.StatusOK)
}

func TestPlantedJourneyCookieIsReplaced(t *testing.T) {
	h := open(t)
	b := h.Browser()
	b.Plant("acme.id.example", h.Cookies.Name(web.JourneyCookie), "chosen-by-somebody-else")
	page := setOut(b, acme, "login")
	if b.Cookie("acme.id.example", h.Cookies.Name(web.JourneyCookie)) == "chosen-by-somebody-else" {
		t.Error("the cookie is kept")
	}
	b.Get(page).Want(http.StatusOK)
}

// TestPagesLetTheAnswerThrough: Chromium applies form-action to the redirect to
// the application.
func TestPagesLetTheAnswerThrough(t *testing.T) {
	h := open(t)
	b := h.Browser()
	page := setOut(b, acme, "login")
	if policy := b.Get(page).Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.example") {
		t.Errorf("the policy is %q", policy)
	}
	settings := h.Client(acmeID).Settings
	settings.AppType, settings.Callbacks = "native", []string{"com.example.app:/callback"}
	h.Configure(acmeID, settings)
	h.Clock.Forward(time.Second)
	if policy := b.Get(page).Header.Get("Content-Security-Policy"); strings.Contains(policy, "form-action") {
		t.Errorf("the policy of a native application is %q", policy)
	}
}

func find(t *testing.T, page *html.Node, element string) *html.Node {
	t.Helper()
	for n := range page.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			return n
		}
	}
	t.Fatalf("the page has no %s", element)
	return nil
}

//go:build browser

package browser

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	_ "modernc.org/sqlite" // reads the house's database
)

func firstAdministrator(t *testing.T, w *world) {
	v := visit(t, w.browser)
	v.open(w.Setup, http.StatusOK)
	v.see("#form-setup")
	v.look("set-up")
	v.fill([2]string{"email", operatorEmail}, [2]string{"name", "Grace Hopper"}, [2]string{"password", operatorPassword})
	v.click("#submit")
	v.see("#form-login") // The console leads to the sign-in, which is the house's own.
	v.open(w.Setup, http.StatusNotFound)
	v.reads("h1", "This link does not work")
	v.look("set-up-link-used")
}

// staffSignsIn walks from the console's address to the journal.
func (v *visitor) staffSignsIn(w *world) {
	v.Helper()
	v.open(w.Console, http.StatusOK)
	v.fill([2]string{"username", operatorEmail}, [2]string{"password", operatorPassword})
	v.click("#submit")
}

func console(t *testing.T, w *world) {
	serviceToken(t, w)
	v := visit(t, w.browser)
	v.staffSignsIn(w)
	v.see("#journal")
	t.Run("an event made elsewhere appears without reload", func(t *testing.T) {
		v := &visitor{t, v.ctx}
		v.do(chromedp.Evaluate[chromedp.Void](`window.sameDocument = true`))
		elsewhere := visit(t, w.browser)
		elsewhere.enter(w, "", w.Demo.Users[1].Email, "not Bob's password")
		elsewhere.see("#alert")
		v.do(chromedp.WaitVisible(fmt.Sprintf(`//tr[contains(., %q) and contains(., "wrong password")]`, w.Demo.Users[1].Email)))
		if !ask(v, chromedp.Evaluate[bool](`window.sameDocument === true`)) {
			t.Error("the page was loaded anew")
		}
	})
	t.Run("the checks show what they found", func(t *testing.T) {
		v := &visitor{t, v.ctx}
		v.do(chromedp.WaitVisible(`//*[@id="seal"]//li[contains(., "Journal")]`), chromedp.WaitVisible(`//*[@id="seal"]//dd[contains(., "Verified")]`))
		v.look("journal")
		v.click(".rail a[href='/console/checks']")
		for _, check := range []string{"tls.handshake", "tls.hsts", "credential.hashes", "journal.verification"} {
			v.reads(`[id="`+check+`"]`, "Kept")
		}
		v.click(`[id="credential.hashes"] summary`)
		v.reads(`[id="credential.hashes"]`, "bcrypt, cost")
		v.look("checks")
		v.click(`[id="tls.handshake"] summary`)
		v.reads(`[id="tls.handshake"]`, "operator.localhost", "TLS 1.3")
	})
	t.Run("a filter narrows the list down", func(t *testing.T) {
		v := &visitor{t, v.ctx}
		v.open(w.Console+"journal", http.StatusOK)
		v.strike("/")
		v.press("outcome:failure")
		v.do(chromedp.Poll[chromedp.Void](`document.querySelectorAll(".rows tr").length > 0 && [...document.querySelectorAll(".cell-outcome")].every(cell => cell.innerText.includes("Failed"))`))
		if place := ask(v, chromedp.Location()); !strings.Contains(place, "q=outcome") {
			t.Errorf("the filter is not in the address %s", place)
		}
		v.look("journal-filtered")
		v.fill([2]string{"filter", "planet:mars"})
		v.find("p", "does not know")
		v.fill([2]string{"filter", "nothinglikethis"})
		v.find("h2", "No event matches this filter")
		v.look("journal-empty")
	})
	t.Run("an event opens with all that is known of it", func(t *testing.T) {
		v := &visitor{t, v.ctx}
		v.open(w.Console+"journal?q=kind:login+outcome:failure", http.StatusOK)
		v.click(".rows .row-link")
		v.see("#envelope")
		v.look("event")
	})
	t.Run("signing out ends the sign-in too", func(t *testing.T) {
		v := &visitor{t, v.ctx}
		v.click("#sign-out")
		v.see("#form-login")
		v.open(w.Console+"checks", http.StatusOK)
		v.see("#form-login")
	})
}

// serviceToken lets a service be among those who did something.
func serviceToken(t *testing.T, w *world) {
	t.Helper()
	service := w.Demo.Clients["m2m"]
	c := clientcredentials.Config{ClientID: service.ID, ClientSecret: service.Secret, TokenURL: w.Issuer + "oauth/token",
		EndpointParams: url.Values{"audience": {"https://api.demo.example/"}}}
	if _, err := c.Token(context.WithValue(t.Context(), oauth2.HTTPClient, w.HTTP)); err != nil {
		t.Fatal(err)
	}
}

// notStaff takes the administrator's role away in the database: no page does
// so yet, and the last administrator could not be taken away by one.
func notStaff(t *testing.T, w *world) {
	d, err := sql.Open("sqlite", filepath.Join(w.Data, "gatehouse.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.ExecContext(t.Context(), `UPDATE staff_grants SET revoked_at = granted_at`); err != nil {
		t.Fatal(err)
	}
	v := visit(t, w.browser)
	v.staffSignsIn(w)
	v.find("h1", "You have no access to this console")
	v.look("not-staff")
	v.click("#submit")
	v.see("#form-login")
}

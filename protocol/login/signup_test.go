package login_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

func newcomer(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "action": {"default"}}
}

func TestSignUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		b := h.Browser()
		page := setOut(b, acme, "signup")
		b.Get(page).Want(http.StatusOK).Page()
		answer := b.Post(page, newcomer("Ann@Example.com", password)).Want(http.StatusSeeOther)
		if want := strings.Replace(strings.TrimPrefix(page, acme), "/u/signup", "/authorize/resume", 1); answer.Location() != want {
			t.Errorf("goes on at %q, want %q", answer.Location(), want)
		}
		id := b.Get(acme + "/who").Body
		u, err := user.Find(t.Context(), d, acmeID, id)
		h.Must(err)
		if u.Email != "Ann@example.com" || u.EmailVerified || !strings.HasPrefix(u.ID, "auth0|") {
			t.Errorf("made %+v", u)
		}
		if got := h.kinds(acmeID); !slices.Equal(got, []string{"login.succeeded", "signup.succeeded"}) {
			t.Errorf("recorded %v", got)
		}
		again := h.Browser()
		again.Post(setOut(again, acme, "login"), credentials(ann, password)).Want(http.StatusSeeOther)
	})
}

func TestSignUpRefusals(t *testing.T) {
	h := open(t)
	b := h.Browser()
	page := setOut(b, acme, "signup")
	for _, tt := range []struct {
		name, email, password, field, says string
	}{
		{"an empty form", "", "", "email", "Enter your email address."},
		{"no address", "ann", password, "email", "This is not an email address."},
		{"an address that looks like another", "аnn@example.com", password, "email", "This is not an email address."},
		{"no password", ann, "", "password", "Enter your password."},
		{"a short password", ann, "short", "password", "This password is too short."},
		{"a password that bcrypt would cut", ann, strings.Repeat("x", 73), "password", "This password is too long."},
		{"a password that is the address", ann, "my " + ann, "password", "Leave your email address out of the password."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := b.Post(page, newcomer(tt.email, tt.password)).Want(http.StatusBadRequest)
			if got := uitest.Text(uitest.ByID(t, answer.Page(), tt.field+"-problem")); !strings.Contains(got, tt.says) {
				t.Errorf("the field says %q", got)
			}
		})
	}
	if h.Hashes() != 0 || b.Cookie(atAcme, cookie) != "" {
		t.Error("a refused form was tried")
	}
}

// TestATakenAddressIsRefusedInGeneralWords: nothing says that there is an
// account, and the work is that of a success.
func TestATakenAddressIsRefusedInGeneralWords(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	b := h.Browser()
	page := setOut(b, acme, "signup")
	before := h.Hashes()
	answer := b.Post(page, newcomer("ANN@example.com", "quite another password")).Want(http.StatusBadRequest)
	if cost := h.Hashes() - before; cost != 1 {
		t.Errorf("the refusal costs %d hashes, a success one", cost)
	}
	for _, word := range []string{"exists", "taken", "already registered", "in use"} {
		if strings.Contains(answer.Body, word) {
			t.Errorf("the page says %q", word)
		}
	}
	if !strings.Contains(answer.Body, "This address cannot be used") {
		t.Errorf("answered %s", answer.Body)
	}
	answer.Page()
	if e := h.Events(acmeID)[0]; e.Kind.LogType != "fs" || b.Cookie(atAcme, cookie) != "" {
		t.Errorf("recorded %s", e.KindName)
	}
	b.Post(setOut(b, acme, "login"), credentials(ann, password)).Want(http.StatusSeeOther) // The password stayed.
	b.Post(setOut(b, other, "signup"), newcomer(ann, password)).Want(http.StatusSeeOther)  // Elsewhere it is free.
}

func TestClosedSignUp(t *testing.T) {
	h := open(t)
	settings := connection.Defaults()
	settings.DisableSignup = true
	h.Connect(acmeID, settings)
	h.Clock.Forward(time.Second)
	b := h.Browser()
	page := setOut(b, acme, "signup")
	b.Get(page).Want(http.StatusForbidden).Page()
	b.Post(page, newcomer(ann, password)).Want(http.StatusForbidden)
	if b.Cookie(atAcme, cookie) != "" || h.Hashes() != 0 {
		t.Error("somebody signed up")
	}
	if strings.Contains(b.Get(setOut(b, acme, "login")).Body, "/u/signup") {
		t.Error("the login page leads to sign-up")
	}
}

package login_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/ui/uitest"
)

const (
	ann     = "ann@example.com"
	cookie  = "__Host-gatehouse"
	atAcme  = "acme.id.example"
	atOther = "other.id.example"
)

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := openOn(t, d, clk, nil)
		u := h.Person(acmeID, ann)
		b := h.Browser()
		page := setOut(b, acme, "login")
		answer := b.Post(page, credentials(" Ann@Example.com", password)).Want(http.StatusSeeOther)
		if want := strings.Replace(strings.TrimPrefix(page, acme), "/u/login", "/authorize/resume", 1); answer.Location() != want {
			t.Errorf("goes on at %q, want %q", answer.Location(), want)
		}
		if got := b.Get(acme + "/who").Body; got != u.ID {
			t.Errorf("signed in as %q", got)
		}
		j, err := h.resume(b, page)
		h.Must(err)
		if j.Stage.SignedIn == "" {
			t.Error("the journey does not know who proved themselves")
		}
		e := h.Events(acmeID)[0]
		if e.Kind.LogType != "s" || e.Source.IP.String() != "192.0.2.10" {
			t.Errorf("recorded %s from %s", e.KindName, e.Source.IP)
		}
		want := []string{"user " + ann, "client App of acme", "connection Username-Password-Authentication", "session "}
		if diff := cmp.Diff(want, refs(e)); diff != "" {
			t.Error(diff)
		}
		u, err = user.Find(t.Context(), d, acmeID, u.ID)
		h.Must(err)
		if u.LoginsCount != 1 || u.LastIP != "192.0.2.10" {
			t.Errorf("counted %d sign-ins, the last from %s", u.LoginsCount, u.LastIP)
		}
	})
}

// TestNobodyLearnsWhoHasAnAccount compares what an unknown address and a wrong
// password are answered, and what they cost.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	blocked := h.Person(acmeID, "bob@example.com")
	h.Must((&user.Service{DB: h.DB, Journal: h.Journal}).Block(t.Context(), journal.Ref{}, acmeID, blocked.ID, "test"))
	b := h.Browser()
	page := setOut(b, acme, "login")
	var bodies []string
	for _, tt := range []struct{ name, email, kind string }{
		{"a wrong password", ann, "login.password_wrong"},
		{"an unknown address", "eve@example.com", "login.user_unknown"},
		{"a blocked user's wrong password", "bob@example.com", "login.password_wrong"},
	} {
		before := h.Hashes()
		answer := b.Post(page, credentials(tt.email, "wrong"+password)).Want(http.StatusBadRequest)
		if cost := h.Hashes() - before; cost != 1 {
			t.Errorf("%s costs %d hashes", tt.name, cost)
		}
		if e := h.Events(acmeID)[0]; e.KindName != tt.kind || e.Actor.Name != tt.email {
			t.Errorf("%s is recorded as %s of %s", tt.name, e.KindName, e.Actor.Name)
		}
		bodies = append(bodies, strings.ReplaceAll(answer.Body, tt.email, "ADDRESS"))
		if !strings.Contains(answer.Body, "Wrong email address or password") || strings.Contains(answer.Body, password) {
			t.Errorf("%s is answered %s", tt.name, answer.Body)
		}
		if got := uitest.Attr(uitest.ByID(t, answer.Page(), "username"), "value"); got != tt.email {
			t.Errorf("the page forgot the address: %q", got)
		}
	}
	if bodies[0] != bodies[1] || bodies[0] != bodies[2] {
		t.Error("the answers differ")
	}
	answer := b.Post(page, credentials("bob@example.com", password)).Want(http.StatusForbidden)
	if !strings.Contains(answer.Body, "This account is blocked") {
		t.Errorf("a blocked user with the right password is told %s", answer.Body)
	}
	if b.Cookie(atAcme, cookie) != "" {
		t.Error("the blocked user is signed in")
	}
	if e := h.Events(acmeID)[0]; e.Kind.LogType != "f" {
		t.Errorf("recorded %s", e.KindName)
	}
}

func TestWhatCannotBeTriedCostsNothing(t *testing.T) {
	h := open(t)
	b := h.Browser()
	page := setOut(b, acme, "login")
	for _, tt := range []struct {
		name, email, password, problem string
	}{
		{"an empty form", "", "", "Enter your email address."},
		{"no password", ann, "", "Enter your password."},
		{"no address", "ann", password, "This is not an email address."},
	} {
		answer := b.Post(page, credentials(tt.email, tt.password)).Want(http.StatusBadRequest)
		if !strings.Contains(answer.Body, tt.problem) {
			t.Errorf("%s is answered %s", tt.name, answer.Body)
		}
		answer.Page()
	}
	if n := h.Hashes(); n != 0 {
		t.Errorf("%d hashes were made", n)
	}
}

func TestSignInGivesANewCookie(t *testing.T) {
	h := open(t)
	u := h.Person(acmeID, ann)
	h.Person(acmeID, "bob@example.com")
	b := h.Browser()
	b.Plant(atAcme, cookie, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	signIn := func(email string) string {
		b.Post(setOut(b, acme, "login"), credentials(email, password)).Want(http.StatusSeeOther)
		return b.Cookie(atAcme, cookie)
	}
	first := signIn(ann)
	second := signIn(ann)
	if first == second || first == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" {
		t.Error("the cookie was known before the sign-in")
	}
	spy := h.Browser()
	spy.Plant(atAcme, cookie, first)
	if got := spy.Get(acme + "/who").Body; got != "" {
		t.Errorf("the cookie from before the sign-in still opens %s", got)
	}
	var sessions int
	h.Must(h.DB.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE user_id = $1`, u.ID).Scan(&sessions))
	if sessions != 1 {
		t.Errorf("signing in again made %d sessions", sessions)
	}
	signIn("bob@example.com")
	spy.Plant(atAcme, cookie, second)
	if got := spy.Get(acme + "/who").Body; got != "" {
		t.Errorf("the session of who was signed in before still opens %s", got)
	}
}

func TestSessionIsOneTenants(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	stranger := h.Person(otherID, ann)
	b := h.Browser()
	h.Enter(b, acmeID, ann)
	b.Plant(atOther, cookie, b.Cookie(atAcme, cookie))
	if got := b.Get(other + "/who").Body; got != "" {
		t.Errorf("the session opens %s at the other tenant", got)
	}
	h.Must((&user.Service{DB: h.DB, Journal: h.Journal}).Delete(t.Context(), journal.Ref{}, otherID, stranger.ID))
	b.Post(setOut(b, other, "login"), credentials(ann, password)).Want(http.StatusBadRequest)
}

func TestSessionEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(h *house, u *user.User)
		in   bool
	}{
		{"a session that is used goes on", func(h *house, _ *user.User) { h.Clock.Forward(time.Hour) }, true},
		{"one that nobody uses for three days ends", func(h *house, _ *user.User) { h.Clock.Forward(72 * time.Hour) }, false},
		{"blocking the user ends it", func(h *house, u *user.User) {
			h.Must((&user.Service{DB: h.DB, Journal: h.Journal}).Block(h.Context(), journal.Ref{}, acmeID, u.ID, "test"))
		}, false},
		{"deleting the user ends it", func(h *house, u *user.User) {
			h.Must((&user.Service{DB: h.DB, Journal: h.Journal}).Delete(h.Context(), journal.Ref{}, acmeID, u.ID))
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t)
			u := h.Person(acmeID, ann)
			b := h.Browser()
			h.Enter(b, acmeID, ann)
			tt.do(h, u)
			if got := b.Get(acme+"/who").Body == u.ID; got != tt.in {
				t.Errorf("signed in: %v, want %v", got, tt.in)
			}
		})
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	b := h.Browser()
	for _, path := range []string{"login", "signup", "consent"} {
		page := strings.Replace(setOut(b, acme, "login"), "/u/login", "/u/"+path, 1)
		b.Header.Set("Origin", "https://evil.example")
		answer := b.PostFromElsewhere(page, credentials(ann, password)).Want(http.StatusForbidden)
		b.Header.Del("Origin")
		if heading := uitest.Text(find(t, answer.Page(), "h1")); heading != "This form could not be accepted" {
			t.Errorf("%s says %q", path, heading)
		}
	}
	if b.Cookie(atAcme, cookie) != "" || h.Hashes() != 0 {
		t.Error("the forged form was tried")
	}
}

func TestGuessingIsStopped(t *testing.T) {
	h := open(t)
	h.Person(acmeID, ann)
	b := h.Browser()
	page := setOut(b, acme, "login")
	h.fails(ann, 9)
	b.Post(page, credentials(ann, "wrong"+password)).Want(http.StatusBadRequest)
	if got := h.kinds(acmeID)[0]; got != "login.blocked" {
		t.Errorf("the tenth failure is recorded as %s", got)
	}
	before := h.Hashes()
	answer := b.Post(page, credentials(ann, password)).Want(http.StatusTooManyRequests)
	if answer.Header.Get("Retry-After") != "86400" || !strings.Contains(answer.Body, "Too many attempts") || h.Hashes() != before {
		t.Errorf("a blocked address is answered %v %s", answer.Header, answer.Body)
	}
	stranger := b.Post(page, credentials("eve@example.com", password))
	elsewhere := h.Browser()
	elsewhere.IP = "198.51.100.4"
	elsewhere.Post(setOut(elsewhere, acme, "login"), credentials(ann, password)).Want(http.StatusSeeOther)
	stranger.Want(http.StatusBadRequest)
}

func TestAFullHouseKeepsTheForm(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	closed := credential.Start(credential.Config{Cost: credential.LowestCost, Threads: 1, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	h := openOn(t, dbtest.Open(t, clk), clk, closed)
	h.Person(acmeID, ann)
	closed.Close() // Whoever comes now is told what they are told when the queue is full.
	b := h.Browser()
	page := setOut(b, acme, "login")
	answer := b.Post(page, credentials(ann, password)).Want(http.StatusServiceUnavailable)
	if answer.Header.Get("Retry-After") != "1" || !strings.Contains(answer.Body, "press Continue again") {
		t.Errorf("answered %v %s", answer.Header, answer.Body)
	}
	if got := uitest.Attr(uitest.ByID(t, answer.Page(), "username"), "value"); got != ann {
		t.Errorf("the form lost the address: %q", got)
	}
}

func TestOnlyThePresentPasswordOpens(t *testing.T) {
	h := open(t)
	u := h.Person(acmeID, ann)
	accounts, err := user.Identities(t.Context(), h.DB, acmeID, u.ID)
	h.Must(err)
	account := credential.Account{Tenant: acmeID, Connection: accounts[0].Connection, Account: accounts[0].Account}
	fresh, err := h.Hasher.Hash(t.Context(), "another walk in the rain")
	h.Must(err)
	h.Write(func(ctx context.Context, tx *db.Tx) error { return credential.Set(ctx, tx, account, fresh) })
	b := h.Browser()
	page := setOut(b, acme, "login")
	b.Post(page, credentials(ann, password)).Want(http.StatusBadRequest)
	b.Post(page, credentials(ann, "another walk in the rain")).Want(http.StatusSeeOther)
	if got := h.kinds(acmeID); !slices.Equal(got, []string{"login.succeeded", "login.password_wrong"}) {
		t.Errorf("recorded %v", got)
	}
}

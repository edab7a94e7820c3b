package staff_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/record/staff"
)

const operator = "operator"

// house is an operator tenant without anybody in it.
type house struct {
	*testing.T
	*staff.Service
	d   *db.DB
	clk *clock.Fake
	con *connection.Connection
}

func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) { test(open(t, d, clk)) })
}

func open(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys := keyring.New(root, log)
	for _, tenant := range []string{journal.System, operator} {
		if err := keys.Provision(t.Context(), d, tenant); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(t.Context(), journal.Config{DB: d, Keys: keys, Clock: clk, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	hasher := credential.Start(credential.Config{Cost: credential.LowestCost, Threads: 1, Log: log})
	t.Cleanup(hasher.Close)
	users := &user.Service{DB: d, Journal: j, EndAccess: []user.EndAccess{session.EndAll}}
	h := &house{T: t, d: d, clk: clk, Service: &staff.Service{DB: d, Journal: j, Clock: clk, Log: log, Tenant: operator, Users: users, Hasher: hasher}}
	h.write(func(tx *db.Tx) (err error) {
		if _, err := tx.Exec(t.Context(), `INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at)
			VALUES ($1, $1, $1, '{}', 0, 0, 0)`, operator); err != nil {
			return err
		}
		h.con, err = connection.CreateDefault(t.Context(), tx, operator)
		return err
	})
	return h
}

func (h *house) write(closure func(tx *db.Tx) error) {
	h.Helper()
	if err := h.d.Write(h.Context(), closure); err != nil {
		h.Fatal(err)
	}
}

// user makes somebody without a role.
func (h *house) user(email string) (u *user.User) {
	h.Helper()
	h.write(func(tx *db.Tx) (err error) {
		u, err = user.Create(h.Context(), tx, user.New{Tenant: operator, Connection: h.con.ID, Provider: "auth0", Email: email})
		return err
	})
	return u
}

const goodPassword = "seven grey herons"

// first sets the house up.
func (h *house) first() *user.User {
	h.Helper()
	u, err := h.SetUp(h.Context(), h.invite(), staff.Newcomer{Email: "ada@example.com", Name: "Ada", Password: goodPassword})
	if err != nil {
		h.Fatal(err)
	}
	return u
}

func (h *house) invite() string {
	h.Helper()
	token, err := h.InviteFirstAdministrator(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return token
}

func (h *house) may(u *user.User) staff.Permissions {
	h.Helper()
	p, err := h.Permissions(h.Context(), u.ID, h.clk.Now())
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// told counts the journal's events of a kind.
func (h *house) told(kind *journal.Kind) (n int) {
	h.Helper()
	if _, err := h.Journal.Seal(context.Background()); err != nil {
		h.Fatal(err)
	}
	page, err := h.Journal.List(h.Context(), journal.Filter{Limit: 1000, Match: func(e *journal.Entry) bool { return e.Kind == kind }})
	if err != nil {
		h.Fatal(err)
	}
	return len(page.Entries)
}

func ref(u *user.User) journal.Ref { return staff.Person(u.ID, u.Email) }

func TestRolesAreMadeOfKnownPermissions(t *testing.T) {
	for _, r := range staff.Roles {
		if r.Name == "" || r.Title == "" || len(r.Permissions) == 0 {
			t.Errorf("the role %+v is not whole", r)
		}
	}
	if staff.Known("everything:do") || !staff.Known(staff.GrantRoles) {
		t.Error("permissions are known by other than the roles")
	}
}

func TestGrant(t *testing.T) {
	each(t, func(h *house) {
		ada, ben, eve := h.first(), h.user("ben@example.com"), h.user("eve@example.com")
		if _, err := h.Grant(h.Context(), ref(ada), eve.ID, "support", "answers customers", time.Time{}); err != nil {
			h.Fatal(err)
		}
		tomorrow := h.clk.Now().Add(24 * time.Hour)
		for _, tt := range []struct {
			name     string
			by       *user.User
			who      string
			role     string
			why      string
			until    time.Time
			want     fault.Kind
			accepted bool
		}{
			{"an administrator grants a role until tomorrow", ada, ben.ID, "auditor", "yearly audit", tomorrow, 0, true},
			{"a role that does not exist", ada, ben.ID, "king", "why not", time.Time{}, fault.Invalid, false},
			{"no reason", ada, ben.ID, "auditor", "  ", time.Time{}, fault.Invalid, false},
			{"a reason with a line break", ada, ben.ID, "auditor", "a\nb", time.Time{}, fault.Invalid, false},
			{"an end that has passed", ada, ben.ID, "auditor", "audit", h.clk.Now(), fault.Invalid, false},
			{"an administrator grants themselves another role", ada, ada.ID, "auditor", "audit", time.Time{}, fault.Forbidden, false},
			{"support grants itself administrator", eve, eve.ID, staff.Administrator, "I want it", time.Time{}, fault.Forbidden, false},
			{"support grants somebody else a role", eve, ben.ID, staff.Administrator, "I want it", time.Time{}, fault.Forbidden, false},
			{"somebody without a role grants", ben, eve.ID, "auditor", "audit", time.Time{}, fault.Forbidden, false},
			{"a user who does not exist", ada, "auth0|none", "auditor", "audit", time.Time{}, fault.NotFound, false},
		} {
			h.Run(tt.name, func(t *testing.T) {
				_, err := h.Grant(t.Context(), ref(tt.by), tt.who, tt.role, tt.why, tt.until)
				if tt.accepted != (err == nil) || (err != nil && !fault.Is(err, tt.want)) {
					t.Errorf("error %v", err)
				}
			})
		}
		if _, err := h.Grant(h.Context(), staff.System, ben.ID, staff.Administrator, "the machine's word is not enough", time.Time{}); !fault.Is(err, fault.Forbidden) {
			h.Errorf("the system actor granted through the front door: %v", err)
		}
		if !h.may(ben).Has(staff.ReadChecks) || h.may(ben).Has(staff.GrantRoles) {
			h.Errorf("the auditor may %v", h.may(ben))
		}
		h.clk.Forward(24 * time.Hour)
		if len(h.may(ben)) != 0 {
			h.Errorf("after its end the grant still gives %v", h.may(ben))
		}
		list, err := h.List(h.Context())
		if err != nil || len(list) != 3 {
			h.Errorf("expiry deleted something: %d grants, error %v", len(list), err)
		}
		if n := h.told(staff.Granted); n != 3 {
			h.Errorf("%d grants are journalled", n)
		}
	})
}

func TestABlockedOrDeletedPersonMayNothing(t *testing.T) {
	each(t, func(h *house) {
		ada, ben := h.first(), h.user("ben@example.com")
		if _, err := h.Grant(h.Context(), ref(ada), ben.ID, "security", "on call", time.Time{}); err != nil {
			h.Fatal(err)
		}
		if err := h.Users.Block(h.Context(), ref(ada), operator, ben.ID, "left the company"); err != nil {
			h.Fatal(err)
		}
		if len(h.may(ben)) != 0 {
			h.Errorf("blocked, ben may %v", h.may(ben))
		}
		if err := h.Users.Delete(h.Context(), ref(ada), operator, ben.ID); err != nil {
			h.Fatal(err)
		}
		if len(h.may(ben)) != 0 {
			h.Errorf("deleted, ben may %v", h.may(ben))
		}
	})
}

func TestRevoke(t *testing.T) {
	each(t, func(h *house) {
		ada, ben := h.first(), h.user("ben@example.com")
		own := h.grantOf(ada)
		if err := h.Revoke(h.Context(), ref(ada), own.ID, "I leave"); !fault.Is(err, fault.Conflict) {
			h.Errorf("the last administrator was revoked: %v", err)
		}
		brief, err := h.Grant(h.Context(), ref(ada), ben.ID, staff.Administrator, "holiday", h.clk.Now().Add(time.Hour))
		if err != nil {
			h.Fatal(err)
		}
		if err := h.Revoke(h.Context(), ref(ben), own.ID, "mine now"); !fault.Is(err, fault.Conflict) {
			h.Errorf("only an administrator for an hour would remain: %v", err)
		}
		if err := h.Revoke(h.Context(), ref(ada), brief.ID, "back early"); err != nil {
			h.Fatal(err)
		}
		if err := h.Revoke(h.Context(), ref(ben), own.ID, "revenge"); !fault.Is(err, fault.Forbidden) {
			h.Errorf("somebody without a role revoked: %v", err)
		}
		if _, err := h.Grant(h.Context(), ref(ada), ben.ID, staff.Administrator, "successor", time.Time{}); err != nil {
			h.Fatal(err)
		}
		if err := h.Revoke(h.Context(), ref(ada), own.ID, "I leave"); err != nil {
			h.Fatal(err)
		}
		if len(h.may(ada)) != 0 || !h.may(ben).Has(staff.GrantRoles) {
			h.Errorf("ada may %v, ben %v", h.may(ada), h.may(ben))
		}
		if err := h.Revoke(h.Context(), ref(ben), own.ID, "again"); err != nil {
			h.Errorf("revoking twice: %v", err)
		}
		if err := h.Revoke(h.Context(), ref(ben), "grt_none", "what"); !fault.Is(err, fault.NotFound) {
			h.Errorf("revoking nothing: %v", err)
		}
		if n := h.told(staff.Revoked); n != 2 {
			h.Errorf("%d revocations are journalled", n)
		}
	})
}

func (h *house) grantOf(u *user.User) *staff.Grant {
	h.Helper()
	list, err := h.List(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	for _, g := range list {
		if g.User == u.ID {
			return g
		}
	}
	h.Fatalf("%s has no grant", u.Email)
	return nil
}

func TestReading(t *testing.T) {
	each(t, func(h *house) {
		look := staff.Reading{Who: staff.Person("auth0|1", "ada@example.com"), Permission: staff.ReadJournal, What: "journal"}
		other := look
		other.What = "journal, filtered by alice"
		for _, step := range []struct {
			name string
			do   func(context.Context, staff.Reading) error
			what staff.Reading
			wait time.Duration
			want int // events so far
		}{
			{"a page is opened", h.Read, look, 0, 1},
			{"its list refreshes itself", h.Follow, look, 5 * time.Second, 1},
			{"the page is opened again", h.Read, look, time.Minute, 2},
			{"another list refreshes itself without a page", h.Follow, other, 0, 3},
			{"and again", h.Follow, other, 14 * time.Minute, 3},
			{"a quarter of an hour after the page", h.Follow, look, time.Minute, 4},
		} {
			h.clk.Forward(step.wait)
			if err := step.do(h.Context(), step.what); err != nil {
				h.Fatal(err)
			}
			if n := h.told(staff.WasRead); n != step.want {
				h.Errorf("%s: %d events, want %d", step.name, n, step.want)
			}
		}
	})
}

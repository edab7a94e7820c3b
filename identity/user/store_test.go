package user_test

import (
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// house is two tenants with a database connection each.
type house struct {
	*testing.T
	d    *db.DB
	clk  *clock.Fake
	conn map[string]string // by tenant
}

func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		h := &house{t, d, clk, map[string]string{}}
		h.write(func(tx *db.Tx) error {
			for _, tenant := range []string{"one", "two"} {
				if _, err := tx.Exec(t.Context(), `INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at)
					VALUES ($1, $1, $1, '{}', 0, 0, 0)`, tenant); err != nil {
					return err
				}
				c, err := connection.CreateDefault(t.Context(), tx, tenant)
				if err != nil {
					return err
				}
				h.conn[tenant] = c.ID
			}
			return nil
		})
		test(h)
	})
}

func (h *house) write(closure func(tx *db.Tx) error) {
	h.Helper()
	if err := h.d.Write(h.Context(), closure); err != nil {
		h.Fatal(err)
	}
}

func (h *house) create(tenant, email string) (u *user.User, err error) {
	err = h.d.Write(h.Context(), func(tx *db.Tx) error {
		u, err = user.Create(h.Context(), tx, user.New{Tenant: tenant, Connection: h.conn[tenant], Provider: connection.Database, Email: email})
		return err
	})
	return u, err
}

func (h *house) anne() *user.User {
	h.Helper()
	u, err := h.create("one", "Anne@Example.com")
	if err != nil {
		h.Fatal(err)
	}
	return u
}

func TestCreate(t *testing.T) {
	each(t, func(h *house) {
		made := h.anne()
		if !regexp.MustCompile(`^auth0\|[0-9a-f]{24}$`).MatchString(made.ID) {
			h.Errorf("the id is %s", made.ID)
		}
		if made.Name != "Anne@example.com" || made.Nickname != "Anne" || made.Picture != "" {
			h.Errorf("by default: name %q, nickname %q, picture %q", made.Name, made.Nickname, made.Picture)
		}
		found, account, err := user.FindAccount(h.Context(), h.d, "one", h.conn["one"], "anne@example.com")
		if err != nil {
			h.Fatal(err)
		}
		made.UserMetadata, made.AppMetadata = map[string]any{}, map[string]any{}
		if diff := cmp.Diff(made, found); diff != "" {
			h.Error(diff)
		}
		want := &user.Identity{Tenant: "one", Connection: h.conn["one"], Account: strings.TrimPrefix(made.ID, "auth0|"), Provider: "auth0",
			UserID: made.ID, EmailKey: "anne@example.com", Profile: map[string]any{}, Created: dbtest.Start}
		if diff := cmp.Diff(want, account); diff != "" {
			h.Error(diff)
		}
		if _, err := h.create("one", "ANNE@example.COM"); !fault.Is(err, fault.Conflict) || fault.From(err).Code != "user_exists" {
			h.Errorf("the same address again: %v", err)
		}
		if _, err := h.create("two", "anne@example.com"); err != nil {
			h.Errorf("the same address in another tenant: %v", err)
		}
		if _, err := user.Find(h.Context(), h.d, "two", made.ID); !fault.Is(err, fault.NotFound) {
			h.Errorf("the user as seen from another tenant: %v", err)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	each(t, func(h *house) {
		for _, tt := range []struct {
			name string
			n    user.New
		}{
			{"what is no address", user.New{Email: "anne"}},
			{"a line break in a name", user.New{Email: "a@example.com", Name: "Anne\r\nBcc: eve@example.com"}},
			{"a name without end", user.New{Email: "a@example.com", Name: strings.Repeat("x", 301)}},
			{"a picture that runs", user.New{Email: "a@example.com", Picture: "javascript:alert(1)"}},
			{"a picture over plain HTTP", user.New{Email: "a@example.com", Picture: "http://example.com/a.png"}},
		} {
			tt.n.Tenant, tt.n.Connection, tt.n.Provider = "one", h.conn["one"], "auth0"
			err := h.d.Write(h.Context(), func(tx *db.Tx) error { _, err := user.Create(h.Context(), tx, tt.n); return err })
			if !fault.Is(err, fault.Invalid) {
				h.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

func TestManyAtOnceMakeOneUser(t *testing.T) {
	each(t, func(h *house) {
		var all sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 16 {
			all.Go(func() {
				_, err := h.create("one", "anne@example.com")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made++
				} else if !fault.Is(err, fault.Conflict) {
					h.Error(err)
				}
			})
		}
		all.Wait()
		if made != 1 {
			h.Errorf("%d users", made)
		}
	})
}

func TestLink(t *testing.T) {
	each(t, func(h *house) {
		anne := h.anne()
		link := func(account, key string) error {
			return h.d.Write(h.Context(), func(tx *db.Tx) error {
				return user.Link(h.Context(), tx, user.Identity{Tenant: "one", Connection: h.conn["one"], Account: account,
					Provider: "google-oauth2", UserID: anne.ID, EmailKey: key, Social: true, Profile: map[string]any{"hd": "example.com"}})
			})
		}
		h.clk.Forward(time.Second)
		if err := link("g1", ""); err != nil {
			h.Fatal(err)
		}
		h.clk.Forward(time.Second)
		if err := link("g2", ""); err != nil {
			h.Errorf("a second account without an address: %v", err)
		}
		if err := link("g1", ""); !fault.Is(err, fault.Conflict) {
			h.Errorf("the same account again: %v", err)
		}
		if err := link("g3", "anne@example.com"); !fault.Is(err, fault.Conflict) {
			h.Errorf("an address that is taken: %v", err)
		}
		list, err := user.Identities(h.Context(), h.d, "one", anne.ID)
		if err != nil || len(list) != 3 || list[1].Account != "g1" || !list[1].Social || list[1].Profile["hd"] != "example.com" {
			h.Errorf("the accounts are %v, error %v", list, err)
		}
	})
}

func TestSignedIn(t *testing.T) {
	each(t, func(h *house) {
		anne := h.anne()
		h.clk.Forward(time.Hour)
		h.write(func(tx *db.Tx) error { return user.SignedIn(h.Context(), tx, "one", anne.ID, "192.0.2.1") })
		h.write(func(tx *db.Tx) error { return user.SetEmailVerified(h.Context(), tx, "one", anne.ID, true) })
		got, err := user.Find(h.Context(), h.d, "one", anne.ID)
		if err != nil || got.LoginsCount != 1 || !got.LastLogin.Equal(h.clk.Now()) || got.LastIP != "192.0.2.1" || !got.EmailVerified {
			h.Errorf("%+v, error %v", got, err)
		}
		err = h.d.Write(h.Context(), func(tx *db.Tx) error { return user.SignedIn(h.Context(), tx, "two", anne.ID, "192.0.2.1") })
		if !fault.Is(err, fault.NotFound) {
			h.Errorf("from another tenant: %v", err)
		}
	})
}

// service is what an administrator works with.
func (h *house) service() *user.Service {
	h.Helper()
	root, err := keyring.OpenFileRoot(filepath.Join(h.TempDir(), "root.key"))
	if err != nil {
		h.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	j, err := journal.Open(h.Context(), journal.Config{DB: h.d, Keys: keyring.New(root, log), Clock: h.clk, Log: log})
	if err != nil {
		h.Fatal(err)
	}
	return &user.Service{DB: h.d, Journal: j, EndAccess: []user.EndAccess{session.EndAll}}
}

func (h *house) signIn(u *user.User) (token string) {
	h.Helper()
	h.write(func(tx *db.Tx) (err error) {
		_, token, err = session.Start(h.Context(), tx, session.New{Tenant: u.Tenant, UserID: u.ID}, session.Lifetimes{Idle: tenant.DefaultIdleSessionLifetime, Absolute: tenant.DefaultSessionLifetime})
		return err
	})
	return token
}

func (h *house) count(query string, args ...any) (n int) {
	h.Helper()
	if err := h.d.QueryRow(h.Context(), query, args...).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}

func TestBlock(t *testing.T) {
	each(t, func(h *house) {
		s, anne, by := h.service(), h.anne(), journal.Ref{Type: "staff", ID: "auth0|admin"}
		token := h.signIn(anne)
		if err := s.Block(h.Context(), by, "one", anne.ID, ""); !fault.Is(err, fault.Invalid) {
			h.Errorf("without a reason: %v", err)
		}
		for range 2 {
			if err := s.Block(h.Context(), by, "one", anne.ID, "Lost her laptop."); err != nil {
				h.Fatal(err)
			}
		}
		if _, err := session.Find(h.Context(), h.d, "one", token, h.clk.Now()); !fault.Is(err, fault.NotFound) {
			h.Errorf("the session of a blocked user: %v", err)
		}
		for range 2 {
			if err := s.Unblock(h.Context(), by, "one", anne.ID, ""); err != nil {
				h.Fatal(err)
			}
		}
		if got, err := user.Find(h.Context(), h.d, "one", anne.ID); err != nil || got.Blocked {
			h.Errorf("after the block: %+v, error %v", got, err)
		}
		if n := h.count(`SELECT count(*) FROM journal WHERE object = $1 AND kind IN ('user.blocked', 'user.unblocked')`, anne.ID); n != 2 {
			h.Errorf("%d events for two changes", n)
		}
	})
}

func TestDelete(t *testing.T) {
	each(t, func(h *house) {
		s, anne := h.service(), h.anne()
		h.signIn(anne)
		for range 2 {
			if err := s.Delete(h.Context(), journal.Ref{}, "one", anne.ID); err != nil {
				h.Fatal(err)
			}
		}
		for _, table := range []string{"users", "identities", "sessions"} {
			if n := h.count(`SELECT count(*) FROM ` + table); n != 0 {
				h.Errorf("%d rows are left in %s", n, table)
			}
		}
		if n := h.count(`SELECT count(*) FROM journal WHERE kind = 'user.deleted' AND subject = $1`, anne.ID); n != 1 {
			h.Errorf("%d events for one change", n)
		}
		if _, err := h.create("one", "anne@example.com"); err != nil {
			h.Errorf("the address is not free again: %v", err)
		}
	})
}

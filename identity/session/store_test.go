package session_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// browser is somebody at a computer, of tenant one.
type browser struct {
	*testing.T
	d   *db.DB
	clk *clock.Fake
}

func each(t *testing.T, test func(b *browser)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		b := &browser{t, d, clk}
		for _, tenant := range []string{"one", "two"} {
			b.exec(`INSERT INTO tenants (id, name, host, settings, generation, created_at, updated_at) VALUES ($1, $1, $1, '{}', 0, 0, 0)`, tenant)
			for _, user := range []string{"anne", "ben"} {
				b.exec(`INSERT INTO users (tenant, id, email, email_key, email_verified, name, given_name, family_name, nickname, picture,
						user_metadata, app_metadata, blocked, logins_count, last_login, last_ip, created_at, updated_at)
					VALUES ($1, $2, '', '', FALSE, '', '', '', '', '', '{}', '{}', FALSE, 0, 0, '', 0, 0)`, tenant, user)
			}
		}
		test(b)
	})
}

func (b *browser) write(closure func(tx *db.Tx) error) {
	b.Helper()
	if err := b.d.Write(b.Context(), closure); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) exec(query string, args ...any) {
	b.Helper()
	b.write(func(tx *db.Tx) error { _, err := tx.Exec(b.Context(), query, args...); return err })
}

func (b *browser) signIn(user string, former *session.Session) (s *session.Session, token string) {
	b.Helper()
	b.write(func(tx *db.Tx) (err error) {
		n := session.New{Tenant: "one", UserID: user, Methods: []string{"pwd"}, IP: "192.0.2.1", UserAgent: "Mozilla/5.0", Former: former}
		s, token, err = session.Start(b.Context(), tx, n, usual)
		return err
	})
	return s, token
}

func (b *browser) find(tenant, token string) *session.Session {
	b.Helper()
	s, err := session.Find(b.Context(), b.d, tenant, token, b.clk.Now())
	if err != nil && !fault.Is(err, fault.NotFound) {
		b.Fatal(err)
	}
	return s
}

func TestStart(t *testing.T) {
	each(t, func(b *browser) {
		s, token := b.signIn("anne", nil)
		if diff := cmp.Diff(s, b.find("one", token)); diff != "" {
			b.Error(diff)
		}
		if b.find("two", token) != nil {
			b.Error("the token opens a session in another tenant")
		}
		if b.find("one", s.ID) != nil {
			b.Error("the sid, which is no secret, opens the session")
		}
		var stored int
		if err := b.d.QueryRow(b.Context(), `SELECT count(*) FROM sessions WHERE token = $1`, []byte(token)).Scan(&stored); err != nil || stored != 0 {
			b.Errorf("the token itself is stored: %v", err)
		}
	})
}

func TestASignInChangesTheToken(t *testing.T) {
	each(t, func(b *browser) {
		first, old := b.signIn("anne", nil)
		b.clk.Forward(time.Hour)
		again, token := b.signIn("anne", first)
		if again.ID != first.ID || !again.AuthTime.Equal(b.clk.Now()) || !again.Created.Equal(first.Created) {
			b.Errorf("signing in again made %+v of %+v", again, first)
		}
		if b.find("one", old) != nil {
			b.Error("the token from before the sign-in is still good")
		}
		if diff := cmp.Diff(again, b.find("one", token)); diff != "" {
			b.Error(diff)
		}
		other, _ := b.signIn("ben", again)
		if other.ID == again.ID || b.find("one", token) != nil {
			b.Error("another user's sign-in did not end the former session")
		}
		ended, err := session.FindID(b.Context(), b.d, "one", again.ID)
		if err != nil || ended.State(b.clk.Now()) != session.Ended {
			b.Errorf("the former session is %+v, error %v", ended, err)
		}
		if revived, _ := b.signIn("anne", again); revived.ID == again.ID {
			b.Error("a session that has ended meanwhile lives on")
		}
	})
}

func TestLifetimes(t *testing.T) {
	each(t, func(b *browser) {
		_, token := b.signIn("anne", nil)
		touches := 0
		for range 6 { // Used every day: the idle limit moves, the end does not.
			b.clk.Forward(24 * time.Hour)
			s := b.find("one", token)
			if s == nil {
				b.Fatal("a session in use has ended")
			}
			for s.NeedsTouch(b.clk.Now()) {
				touches++
				b.write(func(tx *db.Tx) error { return session.Touch(b.Context(), tx, s, usual) })
				s = b.find("one", token)
			}
		}
		if touches != 6 {
			b.Errorf("%d touches in six days", touches)
		}
		b.clk.Forward(24 * time.Hour)
		if b.find("one", token) != nil {
			b.Error("a session outlived its absolute lifetime")
		}
		_, idle := b.signIn("anne", nil)
		b.clk.Forward(72 * time.Hour)
		if b.find("one", idle) != nil {
			b.Error("a session outlived its idle lifetime")
		}
	})
}

func TestTouchDoesNotRevive(t *testing.T) {
	each(t, func(b *browser) {
		s, token := b.signIn("anne", nil)
		b.clk.Forward(time.Hour)
		b.write(func(tx *db.Tx) error { return session.End(b.Context(), tx, "one", s.ID) })
		b.clk.Forward(time.Hour)
		b.write(func(tx *db.Tx) error { return session.Touch(b.Context(), tx, s, usual) })
		if got, err := session.FindID(b.Context(), b.d, "one", s.ID); err != nil || !got.Seen.Equal(dbtest.Start) || b.find("one", token) != nil {
			b.Errorf("after End and Touch: %+v, error %v", got, err)
		}
	})
}

func TestEnding(t *testing.T) {
	each(t, func(b *browser) {
		first, one := b.signIn("anne", nil)
		_, two := b.signIn("anne", nil)
		_, three := b.signIn("ben", nil)
		if list, err := session.ListOpen(b.Context(), b.d, "one", "anne", b.clk.Now()); err != nil || len(list) != 2 {
			b.Errorf("%d sessions, error %v", len(list), err)
		}
		b.write(func(tx *db.Tx) error { return session.EndOthers(b.Context(), tx, "one", "anne", first.ID) })
		if b.find("one", one) == nil || b.find("one", two) != nil {
			b.Error("EndOthers ended the wrong ones")
		}
		b.write(func(tx *db.Tx) error { return session.EndAll(b.Context(), tx, "two", "anne") })
		if b.find("one", one) == nil {
			b.Error("EndAll of another tenant's user ended this one's")
		}
		b.write(func(tx *db.Tx) error { return session.EndAll(b.Context(), tx, "one", "anne") })
		if b.find("one", one) != nil || b.find("one", three) == nil {
			b.Error("EndAll ended the wrong ones")
		}
	})
}

func TestRevokeFamilies(t *testing.T) {
	each(t, func(b *browser) {
		b.exec(`INSERT INTO clients (tenant, id, name, settings, created_at, updated_at) VALUES ('one', 'app', 'app', '{}', 0, 0)`)
		families := map[string]*session.Family{}
		for _, user := range []string{"anne", "ben"} {
			f := &session.Family{Tenant: "one", ID: session.NewFamilyID(), Client: "app", UserID: user, ExpiresAt: b.clk.Now().Add(time.Hour)}
			b.write(func(tx *db.Tx) error { return session.StartFamily(b.Context(), tx, f) })
			families[user] = f
		}
		revoked := func(user string) bool {
			f, err := session.FindFamily(b.Context(), b.d, "one", families[user].ID)
			if err != nil {
				b.Fatal(err)
			}
			return f.Revoked()
		}
		b.write(func(tx *db.Tx) error { return session.EndAll(b.Context(), tx, "one", "anne") })
		if revoked("anne") {
			b.Error("ending the sessions ended what applications were granted")
		}
		b.write(func(tx *db.Tx) error {
			return session.RevokeFamilies(b.Context(), tx, "one", "anne", session.ByOperator)
		})
		if !revoked("anne") || revoked("ben") {
			b.Error("RevokeFamilies ended the wrong ones")
		}
	})
}

func TestPrune(t *testing.T) {
	each(t, func(b *browser) {
		b.signIn("anne", nil)
		b.clk.Forward(100 * time.Hour)
		_, young := b.signIn("anne", nil)
		b.clk.Forward(68 * time.Hour)
		if err := session.Prune(b.Context(), b.d, b.clk); err != nil {
			b.Fatal(err)
		}
		var left int
		if err := b.d.QueryRow(b.Context(), `SELECT count(*) FROM sessions`).Scan(&left); err != nil || left != 1 || b.find("one", young) == nil {
			b.Errorf("%d sessions are left, error %v", left, err)
		}
	})
}

// usual are the lifetimes of a tenant that sets none.
var usual = session.Lifetimes{Idle: 72 * time.Hour, Absolute: 168 * time.Hour}

package staff_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/record/staff"
)

func TestSetUpLink(t *testing.T) {
	each(t, func(h *house) {
		first := h.invite()
		second := h.invite()
		if raw, err := base64.RawURLEncoding.DecodeString(second); err != nil || len(raw) != 32 {
			h.Errorf("the token %q is not 32 bytes in base64url", second)
		}
		ada := staff.Newcomer{Email: "ada@example.com", Name: "Ada", Password: goodPassword}
		change := func(f func(*staff.Newcomer)) staff.Newcomer {
			n := ada
			f(&n)
			return n
		}
		for _, tt := range []struct {
			name  string
			token string
			who   staff.Newcomer
			code  string // "" is success
		}{
			{"a token nobody made", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ada, "link_invalid"},
			{"no token", "", ada, "link_invalid"},
			{"a link that a restart has replaced", first, ada, "link_invalid"},
			{"a short password", second, change(func(n *staff.Newcomer) { n.Password = "short" }), "password_too_short"},
			{"a password over 72 bytes", second, change(func(n *staff.Newcomer) { n.Password = strings.Repeat(goodPassword, 5) }), "password_too_long"},
			{"no address", second, change(func(n *staff.Newcomer) { n.Email = "ada" }), "invalid_email"},
			{"the newest link", second, ada, ""},
			{"the same link again", second, change(func(n *staff.Newcomer) { n.Email = "eve@example.com" }), "link_invalid"},
		} {
			h.Run(tt.name, func(t *testing.T) {
				_, err := h.SetUp(t.Context(), tt.token, tt.who)
				if tt.code == "" && err != nil || tt.code != "" && (err == nil || fault.From(err).Code != tt.code) {
					t.Errorf("error %v, want code %q", err, tt.code)
				}
			})
		}
		if again := h.invite(); again != "" {
			h.Error("a set-up link was made although there is an administrator")
		}
		_, key, _ := user.Address("ada@example.com")
		u, account, err := user.FindAccount(h.Context(), h.d, operator, h.con.ID, key)
		if err != nil || !h.may(u).Has(staff.GrantRoles) {
			h.Fatalf("the administrator is not one: %v", err)
		}
		hash, _, err := credential.Get(h.Context(), h.d, credential.Account{Tenant: operator, Connection: h.con.ID, Account: account.Account})
		if ok, _, _ := h.Hasher.Verify(h.Context(), hash, goodPassword); err != nil || !ok {
			h.Errorf("the password does not open the account: %v", err)
		}
		if h.told(staff.SetUpDone) != 1 || h.told(staff.Invited) != 2 {
			h.Error("set-up is not journalled")
		}
	})
}

func TestASetUpLinkEndsAfterADay(t *testing.T) {
	each(t, func(h *house) {
		token := h.invite()
		h.clk.Forward(24*time.Hour - time.Second)
		if _, err := h.FindLink(h.Context(), token); err != nil {
			h.Errorf("a second before: %v", err)
		}
		h.clk.Forward(time.Second)
		if _, err := h.FindLink(h.Context(), token); !fault.Is(err, fault.NotFound) {
			h.Errorf("after a day: %v", err)
		}
		if _, err := h.SetUp(h.Context(), token, staff.Newcomer{Email: "ada@example.com", Password: goodPassword}); !fault.Is(err, fault.NotFound) {
			h.Errorf("it is still good: %v", err)
		}
		h.clk.Forward(25 * time.Hour)
		if err := h.PruneLinks(h.Context()); err != nil {
			h.Fatal(err)
		}
		if h.invite() == "" {
			h.Error("the next start makes no link")
		}
	})
}

func TestOneOfManyWhoSetUpAtOnceSucceeds(t *testing.T) {
	each(t, func(h *house) {
		token := h.invite()
		const many = 8
		var wg sync.WaitGroup
		results := make([]error, many)
		for i := range many {
			wg.Go(func() {
				_, results[i] = h.SetUp(h.Context(), token, staff.Newcomer{Email: string(rune('a'+i)) + "@example.com", Password: goodPassword})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			switch {
			case err == nil:
				won++
			case !fault.Is(err, fault.NotFound):
				h.Errorf("the others see %v", err)
			}
		}
		list, err := h.List(h.Context())
		if won != 1 || err != nil || len(list) != 1 {
			h.Errorf("%d set-ups succeeded, %d grants, error %v", won, len(list), err)
		}
		var users int
		if err := h.d.QueryRow(h.Context(), `SELECT count(*) FROM users`).Scan(&users); err != nil || users != 1 {
			h.Errorf("%d users were made, error %v", users, err)
		}
	})
}

func TestRecovery(t *testing.T) {
	each(t, func(h *house) {
		ada, ben := h.first(), h.user("ben@example.com")
		if _, err := h.Recover(h.Context(), ben.Email); !fault.Is(err, fault.NotFound) {
			h.Errorf("somebody who never was administrator was recovered: %v", err)
		}
		if _, err := h.Recover(h.Context(), "nobody@example.com"); !fault.Is(err, fault.NotFound) {
			h.Errorf("nobody was recovered: %v", err)
		}
		if _, err := h.Grant(h.Context(), ref(ada), ben.ID, staff.Administrator, "successor", time.Time{}); err != nil {
			h.Fatal(err)
		}
		if err := h.Revoke(h.Context(), ref(ben), h.grantOf(ada).ID, "I take over"); err != nil {
			h.Fatal(err)
		}
		if err := h.Users.Block(h.Context(), ref(ben), operator, ada.ID, "and stay out"); err != nil {
			h.Fatal(err)
		}
		var open *session.Session
		h.write(func(tx *db.Tx) (err error) {
			open, _, err = session.Start(h.Context(), tx, session.New{Tenant: operator, UserID: ada.ID}, session.Lifetimes{Idle: tenant.DefaultIdleSessionLifetime, Absolute: tenant.DefaultSessionLifetime})
			return err
		})
		older, err := h.Recover(h.Context(), "ADA@example.com")
		if err != nil {
			h.Fatal(err)
		}
		token, err := h.Recover(h.Context(), ada.Email)
		if err != nil {
			h.Fatal(err)
		}
		if _, err := h.FinishRecovery(h.Context(), older, "eight white swans"); !fault.Is(err, fault.NotFound) {
			h.Errorf("the older link still works: %v", err)
		}
		if _, err := h.SetUp(h.Context(), token, staff.Newcomer{Email: "eve@example.com", Password: goodPassword}); !fault.Is(err, fault.NotFound) {
			h.Errorf("a recovery link sets up: %v", err)
		}
		if _, err := h.FinishRecovery(h.Context(), token, "eight white swans"); err != nil {
			h.Fatal(err)
		}
		if _, err := h.FinishRecovery(h.Context(), token, "nine black crows"); !fault.Is(err, fault.NotFound) {
			h.Errorf("the link works twice: %v", err)
		}
		if !h.may(ada).Has(staff.GrantRoles) {
			h.Errorf("recovered, ada may %v", h.may(ada))
		}
		if s, err := session.FindID(h.Context(), h.d, operator, open.ID); err != nil || s.State(h.clk.Now()) != session.Ended {
			h.Errorf("what was signed in is still signed in: %v", err)
		}
		if h.told(staff.RecoveryBegun) != 2 || h.told(staff.Recovered) != 1 {
			h.Error("recovery is not journalled")
		}
	})
}

package shield_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

const (
	home   = "192.0.2.1"
	abroad = "198.51.100.7"
)

var anne, ben = shield.NewAccount([]byte("key"), "con", "anne@example.com"), shield.NewAccount([]byte("key"), "con", "ben@example.com")

// door is where somebody tries to get in.
type door struct {
	*testing.T
	d   *db.DB
	clk *clock.Fake
	*shield.Shield
	blocks atomic.Int64
}

func each(t *testing.T, test func(h *door)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		j, err := journal.Open(t.Context(), journal.Config{DB: d, Keys: keyring.New(root, log), Clock: clk, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		test(&door{T: t, d: d, clk: clk, Shield: &shield.Shield{Clock: clk, Journal: j}})
	})
}

func attempt(account shield.Account, ip string) *shield.Attempt {
	return &shield.Attempt{Tenant: "one", Account: account, IP: netip.MustParseAddr(ip), Settings: shield.Defaults()}
}

// try tries a wrong password, and says y when it was tried and n when it was
// turned away. It reports how long to wait.
func (h *door) try(a *shield.Attempt) (string, time.Duration) {
	h.Helper()
	pass, err := h.Check(h.Context(), h.d, a)
	if err != nil {
		if !fault.Is(err, fault.Limited) {
			h.Error(err)
		}
		return "n", fault.From(err).RetryAfter
	}
	defer pass.Release()
	var blocked bool
	h.write(func(tx *db.Tx) (err error) { blocked, err = h.Failed(h.Context(), tx, a); return err })
	if blocked {
		h.blocks.Add(1)
	}
	return "y", 0
}

func (h *door) tries(a *shield.Attempt, n int) (got string) {
	h.Helper()
	for range n {
		one, _ := h.try(a)
		got += one
	}
	return got
}

func (h *door) write(closure func(tx *db.Tx) error) {
	h.Helper()
	if err := h.d.Write(h.Context(), closure); err != nil {
		h.Error(err)
	}
}

func (h *door) want(what, got, want string) {
	h.Helper()
	if got != want {
		h.Errorf("%s: %s, not %s", what, got, want)
	}
}

func TestAddress(t *testing.T) {
	each(t, func(h *door) {
		h.want("eleven failures", h.tries(attempt(anne, home), 11), strings.Repeat("y", 10)+"n")
		if _, wait := h.try(attempt(anne, home)); wait != 24*time.Hour {
			h.Errorf("the block lasts %s", wait)
		}
		h.want("from another address", h.tries(attempt(anne, abroad), 1), "y")
		h.want("for another account", h.tries(attempt(ben, home), 1), "y")
		other := attempt(anne, home)
		other.Tenant = "two"
		h.want("in another tenant", h.tries(other, 1), "y")
		if n := h.blocks.Load(); n != 1 {
			h.Errorf("one block was told %d times", n)
		}
		h.clk.Forward(24 * time.Hour)
		h.want("a day later", h.tries(attempt(anne, home), 11), strings.Repeat("y", 10)+"n")
	})
}

func (h *door) count(query string) (n int) {
	h.Helper()
	if err := h.d.QueryRow(h.Context(), query).Scan(&n); err != nil {
		h.Error(err)
	}
	return n
}

func TestIPv6IsCountedByCustomer(t *testing.T) {
	each(t, func(h *door) {
		got := ""
		for i := range 11 {
			one, _ := h.try(attempt(anne, fmt.Sprintf("2001:db8::%x", i+1)))
			got += one
		}
		h.want("from eleven addresses of one /64", got, strings.Repeat("y", 10)+"n")
		h.want("from another /64", h.tries(attempt(anne, "2001:db8:0:1::1"), 1), "y")
	})
}

func TestSuccessStartsAfresh(t *testing.T) {
	each(t, func(h *door) {
		h.tries(attempt(anne, home), 9)
		h.write(func(tx *db.Tx) error { return h.Succeeded(h.Context(), tx, attempt(anne, home)) })
		h.want("after a success", h.tries(attempt(anne, home), 11), strings.Repeat("y", 10)+"n")
	})
}

func TestUnblock(t *testing.T) {
	each(t, func(h *door) {
		h.tries(attempt(anne, home), 11)
		for range 2 {
			h.write(func(tx *db.Tx) error {
				return h.Unblock(h.Context(), tx, "one", anne, journal.Ref{Type: "staff", ID: "s"}, journal.Ref{Type: "user", ID: "auth0|1"})
			})
		}
		h.want("after the release", h.tries(attempt(anne, home), 1), "y")
		if n := h.count(`SELECT count(*) FROM journal WHERE kind = 'login.unblocked'`); n != 1 {
			h.Errorf("%d events for one release", n)
		}
	})
}

// botnet fails once from each of n addresses.
func (h *door) botnet(n int) (got string) {
	for i := range n {
		one, _ := h.try(attempt(anne, fmt.Sprintf("203.0.%d.%d", i/200, i%200+1)))
		got += one
	}
	return got
}

func TestAccount(t *testing.T) {
	each(t, func(h *door) {
		h.want("a hundred and one addresses", h.botnet(101), strings.Repeat("y", 100)+"n")
		_, wait := h.try(attempt(anne, abroad))
		if wait != time.Second {
			h.Errorf("the first wait is %s", wait)
		}
		h.clk.Forward(wait)
		h.want("who has waited", h.tries(attempt(anne, abroad), 2), "yn")
		if _, wait := h.try(attempt(anne, abroad)); wait != 2*time.Second {
			h.Errorf("the second wait is %s", wait)
		}
		owner := attempt(anne, home)
		owner.LastIP = home
		h.want("the owner, from home", h.tries(owner, 3), "yyy")
		h.want("the attacker, who says so too", h.tries(attempt(anne, abroad), 1), "n")
		h.want("another account", h.tries(attempt(ben, abroad), 1), "y")
		h.clk.Forward(time.Hour)
		h.want("an hour later", h.tries(attempt(anne, "198.51.100.8"), 2), "yy")
	})
}

func TestManyAtOnceGetNoMoreThanOneAfterTheOther(t *testing.T) {
	each(t, func(h *door) {
		var all sync.WaitGroup
		var tried, turned atomic.Int64
		for range 64 {
			all.Go(func() {
				if got, _ := h.try(attempt(anne, home)); got == "y" {
					tried.Add(1)
				} else {
					turned.Add(1)
				}
			})
		}
		all.Wait()
		if tried.Load() != 10 || turned.Load() != 54 {
			h.Errorf("%d were tried, %d turned away", tried.Load(), turned.Load())
		}
		if n := h.blocks.Load(); n != 1 {
			h.Errorf("one block was told %d times", n)
		}
	})
}

func TestManyRightPasswordsAtOnceAllGetIn(t *testing.T) {
	each(t, func(h *door) {
		var all sync.WaitGroup
		var under, most atomic.Int64
		for range 64 {
			all.Go(func() {
				a := attempt(anne, home)
				pass, err := h.Check(h.Context(), h.d, a)
				if err != nil {
					h.Error(err)
					return
				}
				now := under.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				h.write(func(tx *db.Tx) error { return h.Succeeded(h.Context(), tx, a) })
				under.Add(-1)
				pass.Release()
				pass.Release()
			})
		}
		all.Wait()
		if most.Load() > 10 {
			h.Errorf("%d were under way at once", most.Load())
		}
	})
}

func TestWaiting(t *testing.T) {
	each(t, func(h *door) {
		h.tries(attempt(anne, home), 9)
		last, err := h.Check(h.Context(), h.d, attempt(anne, home))
		if err != nil {
			h.Fatal(err)
		}
		ctx, cancel := context.WithCancel(h.Context())
		var all sync.WaitGroup
		var gone, refused atomic.Int64
		for range 70 {
			all.Go(func() {
				_, err := h.Check(ctx, h.d, attempt(anne, home))
				switch {
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				case fault.Is(err, fault.Limited):
					refused.Add(1)
				default:
					h.Error(err)
				}
			})
		}
		for refused.Load() < 6 { // No more than 64 may wait.
			runtime.Gosched()
		}
		cancel()
		all.Wait()
		if gone.Load() != 64 {
			h.Errorf("%d waited", gone.Load())
		}
		last.Release()
		if pass, err := h.Check(h.Context(), h.d, attempt(anne, home)); err != nil {
			h.Errorf("the place that came free: %v", err)
		} else {
			pass.Release()
		}
	})
}

func TestOff(t *testing.T) {
	each(t, func(h *door) {
		a := attempt(anne, home)
		a.Settings.Off = true
		h.want("without protection", h.tries(a, 12), strings.Repeat("y", 12))
		if n := h.count(`SELECT count(*) FROM login_failures`); n != 0 {
			h.Errorf("%d rows", n)
		}
	})
}

func TestPrune(t *testing.T) {
	each(t, func(h *door) {
		h.tries(attempt(ben, home), 1)
		long := attempt(anne, abroad)
		long.Settings.BlockFor = 72 * time.Hour
		h.tries(long, 10)
		h.clk.Forward(24 * time.Hour)
		h.tries(attempt(ben, abroad), 1)
		if err := shield.Prune(h.Context(), h.d, h.clk); err != nil {
			h.Fatal(err)
		}
		if n := h.count(`SELECT count(*) FROM login_failures`); n != 3 {
			h.Errorf("%d rows are left: not just the block and the two of today", n)
		}
	})
}

func TestAccountNamesNobody(t *testing.T) {
	if shield.NewAccount([]byte("key"), "con", "anne@example.com") != anne {
		t.Error("one account has two marks")
	}
	for _, other := range []shield.Account{
		shield.NewAccount([]byte("other"), "con", "anne@example.com"),
		shield.NewAccount([]byte("key"), "con2", "anne@example.com"),
		shield.NewAccount([]byte("key"), "con", "anne@example.org"),
		shield.NewAccount([]byte("key"), "cona", "nne@example.com"),
	} {
		if other == anne {
			t.Error("two accounts have one mark")
		}
	}
}

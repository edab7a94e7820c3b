package shield

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Account stands for an account without naming it.
type Account [sha256.Size]byte

// NewAccount is the HMAC of a connection's id and an address's key
// (user.Address), whether there is such an account or not.
func NewAccount(key []byte, connection, emailKey string) (a Account) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(connection))
	mac.Write([]byte{0}) // Neither part holds a NUL.
	mac.Write([]byte(emailKey))
	mac.Sum(a[:0])
	return a
}

// Attempt is one sign-in with a password.
type Attempt struct {
	Tenant   string
	Account  Account
	IP       netip.Addr
	LastIP   string // where the account's last successful sign-in came from; "" if unknown
	Settings Settings
}

// place is what the attempt's address is counted by.
func (a *Attempt) place() string { return limit.Block(a.IP).String() }

// known reports whether the owner last signed in from the same place.
func (a *Attempt) known() bool {
	last, err := netip.ParseAddr(a.LastIP)
	return err == nil && a.IP.IsValid() && limit.Block(last) == limit.Block(a.IP)
}

// Shield decides about attempts. It is safe for concurrent use.
type Shield struct {
	Clock   clock.Clock
	Journal *journal.Journal

	mu      sync.Mutex
	flights map[target]*flight
}

// Pass lets one attempt be tried. Release it once what came of it has been
// committed, or when it comes to nothing; releasing twice does nothing.
type Pass struct {
	once    sync.Once
	release func()
}

// Release gives the place in line to the next attempt.
func (p *Pass) Release() { p.once.Do(p.release) }

// Check decides whether an attempt may be tried, before its password is
// hashed. It waits while so many others are being tried for the account that
// this one could be beyond the limit if they all fail. Errors: fault.Limited
// with the time to wait, saying the same whether or not the account exists; the
// context's own.
func (s *Shield) Check(ctx context.Context, q db.Querier, a *Attempt) (*Pass, error) {
	if a.Settings.Off {
		return &Pass{release: func() {}}, nil
	}
	for {
		seat, landed := s.board(a)
		fits, err := s.decide(ctx, q, a, seat)
		if err != nil {
			s.leave(a, true)
			return nil, err
		}
		if fits {
			return &Pass{release: func() { s.leave(a, true) }}, nil
		}
		s.leave(a, false)
		if err := s.await(ctx, a, landed); err != nil {
			return nil, err
		}
	}
}

// decide reads the counters after the attempt has been counted as under way,
// so that every other is seen in one or the other.
func (s *Shield) decide(ctx context.Context, q db.Querier, a *Attempt, n seat) (fits bool, err error) {
	address, account, err := read(ctx, q, a)
	if err != nil {
		return false, err
	}
	now := s.Clock.Now()
	address, account = address.ofAddress(now), account.ofAccount(now, a.Settings)
	if address.blocked(now) {
		return false, refused(address.blockedUntil.Sub(now))
	}
	fits = n.ofAddress <= address.room(a.Settings.AddressFailures)
	if a.known() {
		return fits, nil
	}
	if wait := account.wait(now, a.Settings); wait > 0 {
		return false, refused(wait)
	}
	return fits && n.ofAccount <= account.room(a.Settings.AccountFailures), nil
}

func refused(wait time.Duration) error {
	return fault.New(fault.Limited, "There have been too many failed attempts to sign in. Please try again later.").
		WithCode("too_many_attempts").After(wait)
}

// Failed counts a failure, in the transaction that records it, and reports
// whether it is the one that blocks the address: the caller, who knows which
// application is signed in to, records that as well.
func (s *Shield) Failed(ctx context.Context, tx *db.Tx, a *Attempt) (blocked bool, err error) {
	if a.Settings.Off {
		return false, nil
	}
	address, account, err := read(ctx, tx, a)
	if err != nil {
		return false, err
	}
	address, blocked = address.failedFrom(tx.Now, a.Settings)
	account = account.ofAccount(tx.Now, a.Settings).failed(tx.Now)
	if err := write(ctx, tx, a, a.place(), address); err != nil {
		return false, err
	}
	return blocked, write(ctx, tx, a, everywhere, account)
}

// Succeeded forgets the failures from this address. Those from elsewhere stay:
// the owner's success says nothing about them.
func (s *Shield) Succeeded(ctx context.Context, tx *db.Tx, a *Attempt) error {
	return forgetAddress(ctx, tx, a)
}

// Unblock forgets every failure and block of an account, and records it when
// there was any.
func (s *Shield) Unblock(ctx context.Context, tx *db.Tx, tenant string, account Account, by, who journal.Ref, related ...journal.Ref) error {
	found, err := Forget(ctx, tx, tenant, account)
	if err != nil || !found {
		return err
	}
	return s.Journal.Record(ctx, tx, journal.Event{
		Kind: Unblocked, Tenant: tenant, Actor: by, Object: who, Subject: who.ID, Related: related,
		Details: map[string]any{"email": who.Name},
	})
}

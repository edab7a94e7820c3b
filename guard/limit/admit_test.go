package limit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
)

func TestAdmit(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	l, err := limit.New(limit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gate := &limit.Gate{Limiter: l, Clock: clk}
	from := func(peer, class string) error {
		r := httptest.NewRequest("GET", "/setup", nil)
		r.RemoteAddr = peer
		return gate.Admit(r, class)
	}
	for range 10 {
		if err := from("192.0.2.1:1000", "setup"); err != nil {
			t.Fatal(err)
		}
	}
	if err := from("192.0.2.1:2000", "setup"); !fault.Is(err, fault.Limited) || fault.From(err).RetryAfter != time.Second {
		t.Errorf("the eleventh: %v", err)
	}
	if err := from("192.0.2.2:1000", "setup"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	if err := from("192.0.2.1:1000", "page"); err != nil {
		t.Errorf("of another class: %v", err)
	}
	if err := from("192.0.2.1:1000", ""); err != nil {
		t.Errorf("of a path that nobody mounted: %v", err)
	}
	clk.Forward(time.Second)
	if err := from("192.0.2.1:1000", "setup"); err != nil {
		t.Errorf("a second later: %v", err)
	}
	if err := from("192.0.2.1:1000", "nonsense"); !fault.Is(err, fault.Internal) {
		t.Errorf("a class that does not exist: %v", err)
	}
}

func TestFailuresAreCountedByAddressAndName(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	l, err := limit.New(limit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gate := &limit.Gate{Limiter: l, Clock: clk}
	here, there := httptest.NewRequest("POST", "/oauth/token", nil), httptest.NewRequest("POST", "/oauth/token", nil)
	here.RemoteAddr, there.RemoteAddr = "192.0.2.1:1000", "192.0.2.2:1000"
	for range 200 {
		if err := gate.Check(here, limit.TokenFailure, "client"); err != nil {
			t.Fatal(err)
		}
		gate.Count(here, limit.TokenFailure, "client")
	}
	if err := gate.Check(here, limit.TokenFailure, "client"); !fault.Is(err, fault.Limited) {
		t.Errorf("after 200 failures: %v", err)
	}
	if err := gate.Check(here, limit.TokenFailure, "another"); err != nil {
		t.Errorf("another client: %v", err)
	}
	if err := gate.Check(there, limit.TokenFailure, "client"); err != nil {
		t.Errorf("another address: %v", err)
	}
	clk.Forward(50 * time.Millisecond)
	if err := gate.Check(here, limit.TokenFailure, "client"); err != nil {
		t.Errorf("a twentieth of a second later: %v", err)
	}
}

// TestMadeUpNamesHaveNoAllowanceOfTheirOwn: each name has a bucket, and the
// address has one for all of them.
func TestMadeUpNamesHaveNoAllowanceOfTheirOwn(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	l, err := limit.New(limit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gate := &limit.Gate{Limiter: l, Clock: clk}
	r := httptest.NewRequest("POST", "/oauth/token", nil)
	r.RemoteAddr = "[2001:db8::1]:1000"
	neighbour := httptest.NewRequest("POST", "/oauth/token", nil)
	neighbour.RemoteAddr = "[2001:db8::2]:1000"
	for i := range 1_000 {
		if last := gate.Count(r, limit.TokenFailureAddress, ""); last != (i == 999) {
			t.Fatalf("failure %d is the last: %v", i+1, last)
		}
	}
	for _, from := range []*http.Request{r, neighbour} {
		if err := gate.Check(from, limit.TokenFailureAddress, ""); !fault.Is(err, fault.Limited) {
			t.Errorf("after 1,000 failures, from %s: %v", from.RemoteAddr, err)
		}
	}
	if gate.Count(r, limit.TokenFailureAddress, "") {
		t.Error("one beyond the last is the last again")
	}
	if !gate.Take(r, limit.LoginFailureNotice, "acme") || gate.Take(neighbour, limit.LoginFailureNotice, "acme") || !gate.Take(r, limit.LoginFailureNotice, "other") {
		t.Error("an address is not told of once")
	}
	clk.Forward(time.Hour)
	if !gate.Take(r, limit.LoginFailureNotice, "acme") {
		t.Error("an address is not told of again after an hour")
	}
}

func TestSpend(t *testing.T) {
	l, err := limit.New(limit.Config{Rates: map[limit.Class]limit.Rate{limit.API: {PerSecond: 1, Burst: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	gate := &limit.Gate{Limiter: l, Clock: clock.NewFake(dbtest.Start)}
	if err := gate.Spend(limit.API, "client"); err != nil {
		t.Error(err)
	}
	if err := gate.Spend(limit.API, "client"); !fault.Is(err, fault.Limited) {
		t.Errorf("one too many: %v", err)
	}
	if err := gate.Spend(limit.API, "another"); err != nil {
		t.Errorf("another client: %v", err)
	}
}

package limit_test

import (
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
	admit := l.Admit(clk)
	from := func(peer, class string) error {
		r := httptest.NewRequest("GET", "/setup", nil)
		r.RemoteAddr = peer
		return admit(r, class)
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

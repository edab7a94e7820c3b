package manage

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
)

func TestFewListsOfOneClientAreAtWork(t *testing.T) {
	var rs readers
	in, out, done := make(chan struct{}), make(chan struct{}), make(chan error)
	handle := rs.few(func(http.ResponseWriter, *http.Request) error {
		in <- struct{}{}
		<-out
		return nil
	})
	ask := func(id string) error {
		r := httptest.NewRequest(http.MethodGet, "/api/v2/logs", nil)
		return handle(httptest.NewRecorder(), r.WithContext(tenant.With(r.Context(), &tenant.Tenant{ID: id})))
	}
	start := func(id string) {
		go func() { done <- ask(id) }()
		<-in
	}
	for range mostReaders {
		start("one")
	}
	if err := ask("one"); !fault.Is(err, fault.Limited) || fault.From(err).RetryAfter == 0 {
		t.Errorf("one list too many: %v", err)
	}
	start("two")
	for range mostReaders + 1 {
		out <- struct{}{}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(rs.atWork) != 0 {
		t.Errorf("remembered: %v", rs.atWork)
	}
	start("one")
	out <- struct{}{}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

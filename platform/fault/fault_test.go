package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gatehouse/gatehouse/platform/fault"
)

func TestWhatTheCallerSees(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.3: connection refused")
	for _, tt := range []struct {
		name   string
		err    error
		status int
		public string
	}{
		{"a plain error is ours and says nothing", secret, 500, fault.Public(fault.New(fault.Internal, ""))},
		{"an internal sentence is never shown", fault.New(fault.Internal, "key 7 is missing"), 500, fault.Public(secret)},
		{"a wrapped cause stays in the log", fault.Wrap(fault.Unavailable, "Please try again.", secret), 503, "Please try again."},
		{"a trail keeps the kind", fmt.Errorf("load user: %w", fault.New(fault.NotFound, "No such user.")), 404, "No such user."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fault.KindOf(tt.err).Status(); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if got := fault.Public(tt.err); got != tt.public {
				t.Errorf("says %q, want %q", got, tt.public)
			}
		})
	}
}

func TestNilIsOfNoKind(t *testing.T) {
	if fault.Is(nil, fault.Internal) {
		t.Error("nil is not an internal error")
	}
}

package credential

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/platform/fault"
)

type screenFunc func(string) error

func (f screenFunc) Screen(_ context.Context, password string) error { return f(password) }

func TestAccept(t *testing.T) {
	const address = "Anne.Example@example.com"
	for _, tt := range []struct {
		name     string
		password string
		code     string // "": accepted
	}{
		{"eight characters are enough", "abcdefgh", ""},
		{"seven are not", "abcdefg", "password_too_short"},
		{"characters are counted, not bytes", "äöüäöüä", "password_too_short"},
		{"spaces and any script may be used", "пароль с пробелами", ""},
		{"72 bytes are accepted", strings.Repeat("x", 72), ""},
		{"73 bytes are refused", strings.Repeat("x", 73), "password_too_long"},
		{"37 letters of two bytes are too long as well", strings.Repeat("ä", 37), "password_too_long"},
		{"the address is no password", "anne.example@example.com", "password_contains_address"},
		{"nor is anything around it", "my ANNE.EXAMPLE@EXAMPLE.COM 1", "password_contains_address"},
		{"nor is what stands before the @", "anne.EXAMPLE", "password_contains_address"},
		{"a name within a longer password is fine", "anne.example-7-moths", ""},
		{"a NUL is refused", "abcdefgh\x00", "password_invalid"},
		{"broken UTF-8 is refused", "abcdefgh\xff", "password_invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := DefaultPolicy().Accept(t.Context(), tt.password, address, nil)
			code := ""
			if err != nil {
				code = fault.From(err).Code
			}
			if code != tt.code || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%v, code %q, not %q", err, code, tt.code)
			}
		})
	}
}

func TestScreener(t *testing.T) {
	leaked := errors.New("leaked")
	screen := screenFunc(func(string) error { return leaked })
	if err := DefaultPolicy().Accept(t.Context(), "abcdefgh", "a@example.com", screen); !errors.Is(err, leaked) {
		t.Errorf("error %v", err)
	}
}

func TestPolicyCheck(t *testing.T) {
	for minimum, allowed := range map[int]bool{0: false, 7: false, 8: true, 64: true, 65: false} {
		if err := (Policy{MinLength: minimum}).Check(); (err == nil) != allowed {
			t.Errorf("a minimum of %d: %v", minimum, err)
		}
	}
}

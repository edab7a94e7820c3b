package credential

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// The lengths of a password.
const (
	ShortestMinimum = 8  // characters (NIST SP 800-63B §3.1.1.2)
	LongestMinimum  = 64 // characters: more might not fit into MostBytes
	MostBytes       = 72 // what bcrypt reads
)

// Policy is what a connection asks of a new password. There are no rules about
// which characters it must hold (NIST SP 800-63B §3.1.1.2).
type Policy struct {
	MinLength int `json:"min_length"` // characters
}

// DefaultPolicy asks for the shortest length that may be asked for.
func DefaultPolicy() Policy { return Policy{MinLength: ShortestMinimum} }

// Check refuses a policy that is weaker than allowed or cannot be met.
// Errors: fault.Invalid.
func (p Policy) Check() error {
	if p.MinLength < ShortestMinimum || p.MinLength > LongestMinimum {
		return fault.Newf(fault.Invalid, "The minimum length of passwords is between %d and %d characters.", ShortestMinimum, LongestMinimum)
	}
	return nil
}

// Screener says whether a password is known to be bad, for example from a
// breach. Errors: fault.Invalid with a sentence for the user.
type Screener interface {
	Screen(ctx context.Context, password string) error
}

// Accept decides about a new password for the account with that address. A nil
// screener screens nothing. Errors: fault.Invalid with a code and a sentence
// for the user.
func (p Policy) Accept(ctx context.Context, password, address string, screen Screener) error {
	if err := hashable(password); err != nil {
		return err
	}
	if utf8.RuneCountInString(password) < p.MinLength {
		return fault.Newf(fault.Invalid, "The password needs at least %d characters.", p.MinLength).WithCode("password_too_short")
	}
	if telling(strings.ToLower(password), strings.ToLower(address)) {
		return fault.New(fault.Invalid, "The password must not be or contain your email address.").WithCode("password_contains_address")
	}
	if screen == nil {
		return nil
	}
	return screen.Screen(ctx, password)
}

// hashable refuses what bcrypt would silently read as another password: it
// ignores what follows byte 72, and repeats a shorter one with a NUL between,
// so that "a" would open what "a\x00a" locks.
func hashable(password string) error {
	switch {
	case len(password) > MostBytes:
		return fault.Newf(fault.Invalid, "The password is longer than %d bytes.", MostBytes).WithCode("password_too_long")
	case strings.ContainsRune(password, 0) || !utf8.ValidString(password):
		return fault.New(fault.Invalid, "The password holds a character that cannot be used.").WithCode("password_invalid")
	}
	return nil
}

// telling reports that the address alone gives the password away.
func telling(password, address string) bool {
	if address == "" {
		return false
	}
	local, _, _ := strings.Cut(address, "@")
	return strings.Contains(password, address) || password == local
}

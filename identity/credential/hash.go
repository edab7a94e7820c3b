package credential

import (
	"errors"
	"log/slog"
	"strconv"
)

// Bcrypt is the algorithm of every hash that is made here.
const Bcrypt = "bcrypt"

// The costs. A step doubles the time.
const (
	LowestCost  = 10 // what is asked of every hash that is kept
	highestCost = 14 // what tuning may choose
	// most is the highest cost of a hash from elsewhere: one check at 16 takes
	// seconds, at 31 it takes days, and whoever imports would choose.
	most  = 16
	least = 4 // bcrypt's own lower bound; raised at the first sign-in
)

// Hash is a password's hash. The zero Hash stands for an account that does not
// exist or has no password: nothing verifies against it, at the same expense.
type Hash struct {
	Encoded   string
	Algorithm string
	Cost      int
}

// String hides the hash: it must not reach a log by accident.
func (h Hash) String() string { return h.Algorithm + " hash, withheld" }

// GoString hides the hash from %#v.
func (h Hash) GoString() string { return h.String() }

// LogValue hides the hash from slog.
func (h Hash) LogValue() slog.Value { return slog.StringValue(h.String()) }

var errNotBcrypt = errors.New("not a bcrypt hash of version 2a, 2b or 2y")

// Parse reads a bcrypt hash as other programs write them: $2a$, $2b$ or $2y$,
// two digits of cost, 53 characters of salt and hash. $2x$ marks hashes of a
// known faulty implementation and is refused.
func Parse(encoded string) (Hash, error) {
	if len(encoded) != 60 || encoded[6] != '$' {
		return Hash{}, errNotBcrypt
	}
	switch encoded[:4] {
	case "$2a$", "$2b$", "$2y$":
	default:
		return Hash{}, errNotBcrypt
	}
	cost, err := strconv.ParseUint(encoded[4:6], 10, 8)
	if err != nil || cost < least || cost > most {
		return Hash{}, errors.New("the cost of the bcrypt hash is out of bounds")
	}
	for _, c := range []byte(encoded[7:]) {
		if !inAlphabet(c) {
			return Hash{}, errNotBcrypt
		}
	}
	return Hash{encoded, Bcrypt, int(cost)}, nil
}

// inAlphabet knows the letters of bcrypt's own base 64.
func inAlphabet(c byte) bool {
	return c == '.' || c == '/' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

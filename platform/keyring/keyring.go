package keyring

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// Errors of opening and sealing.
var (
	// ErrDestroyed says that the key of the value, or one above it, has been
	// destroyed: the value is erased.
	ErrDestroyed = errors.New("the key has been destroyed")
	// ErrUnknown says that the value names a key that is not in the database.
	ErrUnknown = errors.New("the value names a key that is not here")
	// ErrAltered says that the value was altered, moved from another place, or
	// was never sealed.
	ErrAltered = errors.New("the value was altered or does not belong here")
	// ErrCold says that a transaction needs a tenant key that only the root can
	// open. The tenant was not provisioned, or not warmed.
	ErrCold = fault.New(fault.Unavailable, "The keys of this tenant are not open yet. Please try again.")
)

// Scope says whose key seals a value.
type Scope struct {
	Tenant    string
	Namespace string // what kind of value; required
	Subject   string // whose value; "" is the namespace's own key
}

// Field says where a sealed value lies.
type Field struct{ Table, Column, Row string }

// Root wraps tenant keys. It may be a service elsewhere.
type Root interface {
	// Name tells this root from every other, for good.
	Name() string
	// Wrap encrypts a key of 32 bytes.
	Wrap(ctx context.Context, plaintext, additional []byte) ([]byte, error)
	// Unwrap is the inverse of Wrap, given the same additional data.
	Unwrap(ctx context.Context, ciphertext, additional []byte) ([]byte, error)
}

// local is a root that answers from memory, and so may be asked inside a
// transaction.
type local interface{ Local() bool }

// Keyring seals and opens values. It is safe for concurrent use.
type Keyring struct {
	log   *slog.Logger
	cache *cache

	mu    sync.RWMutex
	root  Root
	roots map[string]Root // by name, the former ones included
}

// New returns a keyring over root. Former roots open what they wrapped until
// [Keyring.Rewrap] has moved it.
func New(root Root, log *slog.Logger, former ...Root) *Keyring {
	k := &Keyring{log: log, cache: newCache(mostOpened), root: root, roots: map[string]Root{root.Name(): root}}
	for _, r := range former {
		k.roots[r.Name()] = r
	}
	return k
}

// Seal encrypts plaintext for its place. It makes the missing keys of the
// scope within tx; for a scope that was destroyed it makes new ones. Errors:
// ErrCold, ErrDestroyed when the tenant was destroyed.
func (k *Keyring) Seal(ctx context.Context, tx *db.Tx, s Scope, f Field, plaintext []byte) ([]byte, error) {
	if s.Namespace == "" {
		return nil, errors.New("seal: a scope without a namespace")
	}
	key, err := k.current(ctx, tx, name{level: levelData, Scope: s})
	if err != nil {
		return nil, fmt.Errorf("seal %s.%s: %w", f.Table, f.Column, err)
	}
	return key.seal(f, plaintext), nil
}

// Open decrypts a value that was sealed for this place. Errors: ErrDestroyed,
// ErrUnknown, ErrAltered, ErrCold (only within a transaction).
func (k *Keyring) Open(ctx context.Context, q db.Querier, s Scope, f Field, sealed []byte) ([]byte, error) {
	id, err := keyOf(sealed)
	if err != nil {
		return nil, err
	}
	key, err := k.byID(ctx, q, id)
	if err != nil {
		return nil, fmt.Errorf("open %s.%s: %w", f.Table, f.Column, err)
	}
	if key.name != (name{level: levelData, Scope: s}) {
		return nil, ErrAltered
	}
	return key.open(f, sealed)
}

// Derive returns 32 bytes that depend on the scope's first data key and the
// label (HKDF-SHA256, RFC 5869). They stay the same when the scope is rotated
// and are gone when it is destroyed.
func (k *Keyring) Derive(ctx context.Context, tx *db.Tx, s Scope, label string) ([]byte, error) {
	if s.Namespace == "" {
		return nil, errors.New("derive: a scope without a namespace")
	}
	key, err := k.first(ctx, tx, name{level: levelData, Scope: s})
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", label, err)
	}
	return hkdf.Key(sha256.New, key.secret[:], nil, "gatehouse derive "+label, len(key.secret))
}

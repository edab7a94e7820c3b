package token

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// RotateAfter is how old a current key may become before a job rotates it.
const RotateAfter = 90 * 24 * time.Hour

// The events of signing keys.
var (
	KeyMade    = journal.Register(journal.Kind{Name: "signing_key.made", Title: "Signing key made"})
	KeyRotated = journal.Register(journal.Kind{Name: "signing_key.rotated", Title: "Signing key rotated"})
	KeyRevoked = journal.Register(journal.Kind{Name: "signing_key.revoked", Title: "Signing key revoked"})
)

// Service makes, finds and rotates signing keys.
type Service struct {
	DB      *db.DB
	Keys    *keyring.Keyring
	Journal *journal.Journal
	Tenants *tenant.Service

	sets tenant.Cache[*KeySet]
}

// Set is the tenant's keys as its generation has them.
func (s *Service) Set(ctx context.Context, t *tenant.Tenant) (*KeySet, error) {
	return s.sets.Get(t, "", func() (*KeySet, error) {
		keys, err := s.load(ctx, s.DB, t.ID)
		if err != nil {
			return nil, err
		}
		return newKeySet(keys)
	})
}

// List reads the tenant's keys, without their private parts.
func (s *Service) List(ctx context.Context, tenant string) ([]*Key, error) {
	keys, err := s.load(ctx, s.DB, tenant)
	for _, k := range keys {
		k.private = nil
	}
	return keys, err
}

// Ensure makes the current and next key of each algorithm where they are
// missing.
func (s *Service) Ensure(ctx context.Context, t *tenant.Tenant) error {
	have, err := s.load(ctx, s.DB, t.ID)
	if err != nil {
		return err
	}
	var missing []*Key
	var work errgroup.Group
	for _, algorithm := range Algorithms {
		for _, state := range []State{Current, Next} {
			if !holds(have, algorithm, state) {
				k := &Key{Algorithm: algorithm, State: state}
				missing = append(missing, k)
				work.Go(func() error {
					made, err := generate(algorithm)
					if err == nil {
						k.ID, k.Public, k.private = made.ID, made.Public, made.private
					}
					return err
				})
			}
		}
	}
	if err := work.Wait(); err != nil || len(missing) == 0 {
		return err
	}
	return s.add(ctx, t, missing)
}

func (s *Service) add(ctx context.Context, t *tenant.Tenant, keys []*Key) error {
	ders := make([][]byte, len(keys))
	for i, k := range keys {
		var err error
		if ders[i], err = k.marshalPrivate(); err != nil {
			return fmt.Errorf("encode signing key: %w", err)
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for i, k := range keys {
			if err := s.insert(ctx, tx, t.ID, k, ders[i]); err != nil {
				return err
			}
			if err := s.record(ctx, tx, KeyMade, t.ID, journal.Ref{}, k); err != nil {
				return err
			}
		}
		return s.Tenants.Changed(ctx, tx, t.ID)
	})
}

func holds(keys []*Key, algorithm string, state State) bool {
	for _, k := range keys {
		if k.Algorithm == algorithm && k.State == state {
			return true
		}
	}
	return false
}

// Rotate makes the next key of the algorithm the current one. The current
// becomes the previous, whose tokens stay good; the one before is no longer
// published. Errors: fault.Conflict when the tenant has no next key.
func (s *Service) Rotate(ctx context.Context, t *tenant.Tenant, by journal.Ref, algorithm string) error {
	fresh, err := generate(algorithm)
	if err != nil {
		return err
	}
	fresh.State = Next
	der, err := fresh.marshalPrivate()
	if err != nil {
		return fmt.Errorf("encode signing key: %w", err)
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, step := range []struct{ from, to State }{{Previous, Revoked}, {Current, Previous}, {Next, Current}} {
			n, err := move(ctx, tx, t.ID, algorithm, step.from, step.to)
			if err != nil {
				return err
			}
			if step.from == Next && n == 0 {
				return fault.New(fault.Conflict, "The tenant has no next key to rotate to.")
			}
		}
		if err := s.insert(ctx, tx, t.ID, fresh, der); err != nil {
			return err
		}
		if err := s.record(ctx, tx, KeyRotated, t.ID, by, fresh); err != nil {
			return err
		}
		return s.Tenants.Changed(ctx, tx, t.ID)
	})
}

// RevokePrevious stops publishing the previous key: its tokens are refused from
// now on. Errors: fault.NotFound when there is none.
func (s *Service) RevokePrevious(ctx context.Context, t *tenant.Tenant, by journal.Ref, algorithm string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := move(ctx, tx, t.ID, algorithm, Previous, Revoked)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "There is no previous key.")
		}
		if err := s.record(ctx, tx, KeyRevoked, t.ID, by, &Key{Algorithm: algorithm}); err != nil {
			return err
		}
		return s.Tenants.Changed(ctx, tx, t.ID)
	})
}

// RotateDue rotates every current key that is older than RotateAfter. It is run
// by a job.
func (s *Service) RotateDue(ctx context.Context) error {
	tenants, err := s.Tenants.List(ctx)
	if err != nil {
		return err
	}
	now := s.Tenants.Clock.Now()
	for _, t := range tenants {
		keys, err := s.List(ctx, t.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.State != Current || now.Sub(k.ChangedAt) < RotateAfter {
				continue
			}
			if err := s.Rotate(ctx, t, journal.Ref{Type: "system", ID: "rotation"}, k.Algorithm); err != nil {
				return fmt.Errorf("rotate %s of %s: %w", k.Algorithm, t.ID, err)
			}
		}
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, kind *journal.Kind, tenant string, by journal.Ref, k *Key) error {
	return s.Journal.Record(ctx, tx, journal.Event{Kind: kind, Tenant: tenant, Actor: by,
		Object: journal.Ref{Type: "signing_key", ID: k.ID, Name: k.Algorithm}})
}

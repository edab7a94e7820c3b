package keyring_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

func fileRootOf(k *keyring.Keyring) keyring.Root { return keyring.RootOf(k) }

func TestTheCacheIsBounded(t *testing.T) {
	d := dbtest.Open(t, clock.NewFake(dbtest.Start))
	k := keyring.NewSmall(fileRoot(t), 8)
	var sealed [][]byte
	subject := func(i int) keyring.Scope {
		return keyring.Scope{Tenant: "t1", Namespace: "profile", Subject: fmt.Sprint(i)}
	}
	for i := range 40 {
		sealed = append(sealed, seal(t, k, d, subject(i), field, fmt.Sprint(i)))
	}
	for i := range 40 {
		opens(t, k, d, subject(i), field, sealed[i], fmt.Sprint(i))
	}
	if n := keyring.Cached(k); n != 9 { // 8, and the tenant key
		t.Errorf("%d keys are cached", n)
	}
}

func FuzzOpen(f *testing.F) {
	d := dbtest.Open(f, clock.NewFake(dbtest.Start))
	k := keyring.New(fileRoot(f), quiet)
	sealed := seal(f, k, d, scope, field, "x")
	f.Add([]byte{})
	f.Add(sealed[:41])
	f.Add(append([]byte{2}, sealed[1:]...))
	f.Add(append(sealed, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := k.Open(ctx, d, scope, field, b)
		if bytes.Equal(b, sealed) {
			return
		}
		if !errors.Is(err, keyring.ErrAltered) && !errors.Is(err, keyring.ErrUnknown) {
			t.Errorf("%x gave %v", b, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	d := dbtest.Open(b, clock.NewFake(dbtest.Start))
	k := keyring.New(fileRoot(b), quiet)
	plaintext := make([]byte, 512)
	seal(b, k, d, scope, field, "warm")
	b.ReportAllocs()
	write(b, d, func(tx *db.Tx) error {
		for b.Loop() {
			if _, err := k.Seal(ctx, tx, scope, field, plaintext); err != nil {
				return err
			}
		}
		return nil
	})
}

package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// remote is a root on another machine: it counts how often it is asked and is
// not Local.
type remote struct {
	keyring.Root
	asked atomic.Int64
}

func (r *remote) Local() bool { return false }

func (r *remote) Wrap(ctx context.Context, p, a []byte) ([]byte, error) {
	r.asked.Add(1)
	return r.Root.Wrap(ctx, p, a)
}

func (r *remote) Unwrap(ctx context.Context, c, a []byte) ([]byte, error) {
	r.asked.Add(1)
	return r.Root.Unwrap(ctx, c, a)
}

func TestRotation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		root := fileRoot(t)
		k := keyring.New(root, quiet)
		derive := func(k *keyring.Keyring) (out []byte) {
			write(t, d, func(tx *db.Tx) (err error) { out, err = k.Derive(ctx, tx, scope, "pseudonym"); return err })
			return out
		}
		old, derived := seal(t, k, d, scope, field, "old"), derive(k)
		steps := map[string]func() error{
			"data key": func() error { return d.Write(ctx, func(tx *db.Tx) error { return k.Rotate(ctx, tx, scope) }) },
			"namespace key": func() error {
				return d.Write(ctx, func(tx *db.Tx) error { return k.RotateNamespace(ctx, tx, "t1", "profile") })
			},
			"tenant key": func() error { return k.RotateTenant(ctx, d, "t1") },
			"root": func() error {
				next := fileRoot(t)
				n, err := k.Rewrap(ctx, d, next)
				root = next
				if n == 0 {
					t.Error("no tenant key was moved")
				}
				return err
			},
		}
		for _, name := range []string{"data key", "namespace key", "data key", "tenant key", "data key", "root"} {
			if err := steps[name](); err != nil {
				t.Fatalf("rotating the %s: %v", name, err)
			}
			sealed := seal(t, k, d, scope, field, "new")
			for _, reader := range []*keyring.Keyring{k, keyring.New(root, quiet)} {
				opens(t, reader, d, scope, field, old, "old")
				opens(t, reader, d, scope, field, sealed, "new")
				if !bytes.Equal(derive(reader), derived) {
					t.Errorf("what was derived changed with the %s", name)
				}
			}
			if name == "data key" && bytes.Equal(sealed[1:13], old[1:13]) {
				t.Error("a new value is sealed with the old key")
			}
		}
		ages, err := k.Ages(ctx, d)
		if err != nil || len(ages) != 3 || ages[0].Retired == 0 {
			t.Errorf("ages: %+v (%v)", ages, err)
		}
	})
}

func TestARemoteRootIsNeverAskedInATransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		root := &remote{Root: fileRoot(t)}
		k := keyring.New(root, quiet)
		try := func(k *keyring.Keyring) error {
			return d.Write(ctx, func(tx *db.Tx) error { _, err := k.Seal(ctx, tx, scope, field, nil); return err })
		}
		if err := try(k); !errors.Is(err, keyring.ErrCold) || root.asked.Load() != 0 {
			t.Errorf("sealing before provisioning gave %v and asked %d times", err, root.asked.Load())
		}
		if err := k.Warm(ctx, d, "t1"); !errors.Is(err, keyring.ErrUnknown) {
			t.Errorf("warming before provisioning gave %v", err)
		}
		var wait sync.WaitGroup
		second := keyring.New(fileRootOf(k), quiet)
		for _, process := range []*keyring.Keyring{k, second} {
			wait.Go(func() {
				if err := process.Provision(ctx, d, "t1"); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		asked := root.asked.Load()
		if err := try(k); err != nil || root.asked.Load() != asked {
			t.Errorf("sealing after provisioning gave %v and asked %d times", err, root.asked.Load()-asked)
		}
		restarted := keyring.New(root, quiet)
		if err := try(restarted); !errors.Is(err, keyring.ErrCold) {
			t.Errorf("sealing before warming gave %v", err)
		}
		if err := restarted.Warm(ctx, d, "t1"); err != nil {
			t.Fatal(err)
		}
		if err := try(restarted); err != nil {
			t.Errorf("sealing after warming gave %v", err)
		}
	})
}

func TestFileRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	first, err := keyring.OpenFileRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Fatalf("the file is %v (%v)", info, err)
	}
	again, err := keyring.OpenFileRoot(path)
	if err != nil || again.Name() != first.Name() {
		t.Errorf("opened again: %v, %v", again, err)
	}
	if fileRoot(t).Name() == first.Name() {
		t.Error("two roots share a name")
	}
	for _, tt := range []struct {
		name   string
		damage func() error
	}{
		{"a file that others may read is refused", func() error { return os.Chmod(path, 0o640) }},
		{"a file that was cut is refused", func() error { _ = os.Chmod(path, 0o600); return os.Truncate(path, 31) }},
		{"a folder is refused", func() error { _ = os.Remove(path); return os.Mkdir(path, 0o700) }},
	} {
		if err := tt.damage(); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.OpenFileRoot(path); err == nil {
			t.Errorf("not so: %s", tt.name)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestTheWrongRootIsNamed(t *testing.T) {
	d := dbtest.Open(t, clock.NewFake(dbtest.Start))
	sealed := seal(t, keyring.New(fileRoot(t), quiet), d, scope, field, "x")
	wrong := fileRoot(t)
	_, err := keyring.New(wrong, quiet).Open(ctx, d, scope, field, sealed)
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(wrong.Name())) {
		t.Errorf("the wrong root gave %v", err)
	}
}

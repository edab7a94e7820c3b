package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

var (
	ctx   = context.Background()
	scope = keyring.Scope{Tenant: "t1", Namespace: "profile", Subject: "auth0|1"}
	field = keyring.Field{Table: "users", Column: "phone", Row: "auth0|1"}
	quiet = slog.New(slog.DiscardHandler)
)

func fileRoot(t testing.TB) keyring.Root {
	t.Helper()
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func write(t testing.TB, d *db.DB, closure func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, closure); err != nil {
		t.Fatal(err)
	}
}

func seal(t testing.TB, k *keyring.Keyring, d *db.DB, s keyring.Scope, f keyring.Field, plaintext string) (sealed []byte) {
	t.Helper()
	write(t, d, func(tx *db.Tx) (err error) {
		sealed, err = k.Seal(ctx, tx, s, f, []byte(plaintext))
		return err
	})
	return sealed
}

func opens(t testing.TB, k *keyring.Keyring, d *db.DB, s keyring.Scope, f keyring.Field, sealed []byte, want string) {
	t.Helper()
	got, err := k.Open(ctx, d, s, f, sealed)
	if err != nil || string(got) != want {
		t.Errorf("opened %q (%v), want %q", got, err, want)
	}
}

func TestAValueOpensOnlyWhereItBelongs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		root := fileRoot(t)
		k := keyring.New(root, quiet)
		sealed := seal(t, k, d, scope, field, "+41 79 000 00 00")
		opens(t, k, d, scope, field, sealed, "+41 79 000 00 00")
		opens(t, keyring.New(root, quiet), d, scope, field, sealed, "+41 79 000 00 00") // after a restart
		write(t, d, func(tx *db.Tx) error {
			_, err := k.Open(ctx, tx, scope, field, sealed)
			return err
		})
		for _, tt := range []struct {
			name  string
			scope keyring.Scope
			field keyring.Field
		}{
			{"in another row", scope, keyring.Field{Table: "users", Column: "phone", Row: "auth0|2"}},
			{"in another column", scope, keyring.Field{Table: "users", Column: "name", Row: "auth0|1"}},
			{"in another table", scope, keyring.Field{Table: "people", Column: "phone", Row: "auth0|1"}},
			{"with its parts shifted", scope, keyring.Field{Table: "usersp", Column: "hone", Row: "auth0|1"}},
			{"at another tenant", keyring.Scope{Tenant: "t2", Namespace: "profile", Subject: "auth0|1"}, field},
			{"in another namespace", keyring.Scope{Tenant: "t1", Namespace: "mail", Subject: "auth0|1"}, field},
			{"for another subject", keyring.Scope{Tenant: "t1", Namespace: "profile", Subject: "auth0|2"}, field},
			{"for no subject", keyring.Scope{Tenant: "t1", Namespace: "profile"}, field},
		} {
			seal(t, k, d, tt.scope, tt.field, "neighbour")
			if _, err := k.Open(ctx, d, tt.scope, tt.field, sealed); !errors.Is(err, keyring.ErrAltered) {
				t.Errorf("%s it gave %v", tt.name, err)
			}
		}
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := k.Open(ctx, d, scope, field, bad); !errors.Is(err, keyring.ErrAltered) && !errors.Is(err, keyring.ErrUnknown) {
				t.Errorf("with byte %d altered it gave %v", i, err)
			}
		}
	})
}

func TestAKeyThatWasRolledBackIsNotUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, refused := keyring.New(fileRoot(t), quiet), errors.New("refused")
		var lost []byte
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			if lost, err = k.Seal(ctx, tx, scope, field, []byte("x")); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if _, err := k.Open(ctx, d, scope, field, lost); !errors.Is(err, keyring.ErrUnknown) {
			t.Errorf("the value of a rolled-back transaction gave %v", err)
		}
		sealed := seal(t, k, d, scope, field, "y")
		opens(t, keyring.New(fileRootOf(k), quiet), d, scope, field, sealed, "y")
	})
}

func TestOneKeyHoweverManyMakeItAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		root := fileRoot(t)
		processes := []*keyring.Keyring{keyring.New(root, quiet), keyring.New(root, quiet)}
		sealed := make([][]byte, 16)
		var wait sync.WaitGroup
		for i := range sealed {
			wait.Go(func() {
				sealed[i] = seal(t, processes[i%2], d, scope, field, fmt.Sprint(i))
			})
		}
		wait.Wait()
		for i, v := range sealed {
			opens(t, processes[(i+1)%2], d, scope, field, v, fmt.Sprint(i))
		}
		var n int
		if err := d.QueryRow(ctx, "SELECT count(*) FROM keys").Scan(&n); err != nil || n != 3 {
			t.Errorf("%d keys (%v), want one of each level", n, err)
		}
	})
}

func TestErasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		root := fileRoot(t)
		for _, tt := range []struct {
			name  string
			erase keyring.Scope
			want  string // of the subject's profile, its mail, a neighbour's profile, another tenant: y = opens
		}{
			{"a subject in one namespace", keyring.Scope{Tenant: "a", Namespace: "profile", Subject: "1"}, "nyyy"},
			{"a subject everywhere", keyring.Scope{Tenant: "a", Subject: "1"}, "nnyy"},
			{"a namespace", keyring.Scope{Tenant: "a", Namespace: "profile"}, "nyny"},
			{"a tenant", keyring.Scope{Tenant: "a"}, "nnny"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				k, other := keyring.New(root, quiet), keyring.New(root, quiet)
				tenant := tt.name
				places := []keyring.Scope{
					{Tenant: tenant, Namespace: "profile", Subject: "1"}, {Tenant: tenant, Namespace: "mail", Subject: "1"},
					{Tenant: tenant, Namespace: "profile", Subject: "2"}, {Tenant: tenant + "b", Namespace: "profile", Subject: "1"},
				}
				var sealed [][]byte
				for _, s := range places {
					v := seal(t, k, d, s, field, "x")
					opens(t, other, d, s, field, v, "x") // Both have it cached.
					sealed = append(sealed, v)
				}
				clk.Forward(time.Second)
				before := clk.Now()
				tt.erase.Tenant = tenant
				write(t, d, func(tx *db.Tx) error { return k.Destroy(ctx, tx, tt.erase) })
				if err := other.Refresh(ctx, d, before); err != nil {
					t.Fatal(err)
				}
				for _, reader := range []*keyring.Keyring{k, other, keyring.New(root, quiet)} {
					got := ""
					for i, s := range places {
						_, err := reader.Open(ctx, d, s, field, sealed[i])
						switch {
						case err == nil:
							got += "y"
						case errors.Is(err, keyring.ErrDestroyed):
							got += "n"
						default:
							t.Error(err)
						}
					}
					if got != tt.want {
						t.Errorf("opened %s, want %s", got, tt.want)
					}
				}
			})
		}
	})
}

func TestAfterDestruction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		root := fileRoot(t)
		t.Run("a destroyed subject that comes back gets a new key", func(t *testing.T) {
			k := keyring.New(root, quiet)
			old := seal(t, k, d, scope, field, "old")
			write(t, d, func(tx *db.Tx) error { return k.Destroy(ctx, tx, keyring.Scope{Tenant: "t1", Namespace: "profile"}) })
			opens(t, k, d, scope, field, seal(t, k, d, scope, field, "new"), "new")
			if _, err := k.Open(ctx, d, scope, field, old); !errors.Is(err, keyring.ErrDestroyed) {
				t.Errorf("the old value gave %v", err)
			}
		})
		t.Run("a destroyed tenant seals nothing", func(t *testing.T) {
			k := keyring.New(root, quiet)
			write(t, d, func(tx *db.Tx) error { return k.Destroy(ctx, tx, keyring.Scope{Tenant: "t1"}) })
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := k.Seal(ctx, tx, scope, field, nil); return err })
			if !errors.Is(err, keyring.ErrDestroyed) {
				t.Errorf("sealing gave %v", err)
			}
		})
	})
}

func TestDestructionElsewhereIsFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		if d.Engine() == db.SQLite {
			t.Skip("one process owns the file")
		}
		root := fileRoot(t)
		here, there := keyring.New(root, quiet), keyring.New(root, quiet)
		sealed := seal(t, here, d, scope, field, "x")
		following, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		watched := &watchedClock{Fake: clk, asked: make(chan struct{}, 1)}
		go func() { here.Follow(following, d, watched); close(ended) }()
		<-watched.asked
		write(t, d, func(tx *db.Tx) error { return there.Destroy(ctx, tx, keyring.Scope{Tenant: "t1"}) })
		for {
			if _, err := here.Open(ctx, d, scope, field, sealed); errors.Is(err, keyring.ErrDestroyed) {
				break
			}
			clk.Forward(time.Second) // The test's own time limit ends a keyring that does not follow.
		}
		stop()
		<-ended
	})
}

// watchedClock tells when somebody has begun to wait.
type watchedClock struct {
	*clock.Fake
	asked chan struct{}
}

func (w *watchedClock) After(d time.Duration) <-chan time.Time {
	ch := w.Fake.After(d)
	select {
	case w.asked <- struct{}{}:
	default:
	}
	return ch
}

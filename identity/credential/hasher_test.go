package credential

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// start starts a hasher whose hashes are cheap enough for tests.
func start(t *testing.T, c Config) *Hasher {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	h := Start(c)
	t.Cleanup(h.Close)
	h.cost, h.decoy = 5, decoy(5)
	return h
}

func hashOf(t *testing.T, password string, cost int, version string) Hash {
	t.Helper()
	encoded, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	h, err := Parse(strings.Replace(string(encoded), "$2a$", version, 1))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestVerify(t *testing.T) {
	h := start(t, Config{Threads: 1})
	long := strings.Repeat("x", MostBytes)
	for _, tt := range []struct {
		name     string
		hash     Hash
		password string
		ok       bool
		renewed  bool
		hashes   uint64
	}{
		{"the right password is right", hashOf(t, "correct horse", 5, "$2a$"), "correct horse", true, false, 1},
		{"a wrong password costs as much as a right one", hashOf(t, "correct horse", 5, "$2a$"), "wrong horse", false, false, 1},
		{"an account that does not exist costs as much", Hash{}, "correct horse", false, false, 1},
		{"version 2b is the same algorithm", hashOf(t, "correct horse", 5, "$2b$"), "correct horse", true, false, 1},
		{"version 2y is the same algorithm", hashOf(t, "correct horse", 5, "$2y$"), "correct horse", true, false, 1},
		{"a cheap hash is renewed at sign-in", hashOf(t, "correct horse", 4, "$2y$"), "correct horse", true, true, 2},
		{"a cheap hash is not renewed for a wrong password", hashOf(t, "correct horse", 4, "$2a$"), "wrong horse", false, false, 1},
		{"a dearer hash is left as it is", hashOf(t, "correct horse", 6, "$2a$"), "correct horse", true, false, 1},
		{"72 bytes are taken whole", hashOf(t, long, 5, "$2a$"), long, true, false, 1},
		{"a byte more is refused rather than cut, after the same work", hashOf(t, long, 5, "$2a$"), long + "y", false, false, 1},
		{"a password that bcrypt would take for its repetition is refused", hashOf(t, "a", 5, "$2a$"), "a\x00a", false, false, 1},
		{"a hash that cannot be read opens nothing, after the same work", Hash{"plain", "plain", 0}, "plain", false, false, 1},
		{"the decoy opens with nothing", Hash{h.decoy, Bcrypt, 5}, "", false, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := h.hashes.Load()
			ok, renewed, err := h.Verify(t.Context(), tt.hash, tt.password)
			if err != nil || ok != tt.ok || (renewed != nil) != tt.renewed {
				t.Errorf("ok %v, renewed %v, error %v", ok, renewed != nil, err)
			}
			if n := h.hashes.Load() - before; n != tt.hashes {
				t.Errorf("%d hashes, not %d", n, tt.hashes)
			}
			if renewed == nil {
				return
			}
			if again, _, _ := h.Verify(t.Context(), *renewed, tt.password); !again || renewed.Cost != 5 {
				t.Errorf("the renewed hash of cost %d does not open", renewed.Cost)
			}
		})
	}
}

func TestHash(t *testing.T) {
	h := start(t, Config{Threads: 1})
	hash, err := h.Hash(t.Context(), "pässword längst")
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err := Parse(hash.Encoded); err != nil || parsed != hash {
		t.Errorf("made %#v, which is read as %#v: %v", hash, parsed, err)
	}
	for _, bad := range []string{strings.Repeat("ä", 37), "with\x00nul", "bad\xffutf8"} {
		if _, err := h.Hash(t.Context(), bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if shown := fmt.Sprintf("%v %s %#v %+v", hash, hash, hash, struct{ H Hash }{hash}); strings.Contains(shown, hash.Encoded) {
		t.Errorf("printing shows the hash: %s", shown)
	}
}

// waits returns when so many wait.
func waits(h *Hasher, n int) {
	for h.queue.length() != n {
		runtime.Gosched()
	}
}

// occupy fills the only thread until release is closed, and then the queue.
func occupy(t *testing.T, h *Hasher, waiting int) (release chan struct{}, all *sync.WaitGroup) {
	t.Helper()
	release, all = make(chan struct{}), &sync.WaitGroup{}
	begun := make(chan struct{})
	all.Go(func() { _ = h.run(context.Background(), func() { close(begun); <-release }) })
	<-begun
	for range waiting {
		all.Go(func() { _ = h.run(context.Background(), func() {}) })
	}
	waits(h, waiting)
	return release, all
}

func TestQueue(t *testing.T) {
	t.Run("who comes when the queue is full is asked to come back in a second", func(t *testing.T) {
		h := start(t, Config{Threads: 1, Waiting: 2})
		release, all := occupy(t, h, 2)
		_, _, err := h.Verify(t.Context(), Hash{}, "password")
		if e := fault.From(err); e == nil || e.Kind != fault.Unavailable || e.RetryAfter.Seconds() != 1 {
			t.Errorf("error %v", err)
		}
		close(release)
		all.Wait()
		if _, _, err := h.Verify(t.Context(), Hash{}, "password"); err != nil {
			t.Errorf("after the storm: %v", err)
		}
	})
	t.Run("who goes away while waiting is not hashed for", func(t *testing.T) {
		h := start(t, Config{Threads: 1, Waiting: 2})
		release, all := occupy(t, h, 0)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := h.Verify(ctx, Hash{}, "password"); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		close(release)
		all.Wait()
		_ = h.run(t.Context(), func() {}) // The one before it has been passed over by now.
		if n := h.hashes.Load(); n != 0 {
			t.Errorf("%d hashes", n)
		}
	})
	t.Run("who waits when the server stops is told so", func(t *testing.T) {
		h := Start(Config{Threads: 1, Log: slog.New(slog.DiscardHandler)})
		release, all := occupy(t, h, 1)
		failed := make(chan error)
		go func() { _, err := h.Hash(context.Background(), "password"); failed <- err }()
		all.Go(h.Close)
		if err := <-failed; !fault.Is(err, fault.Unavailable) {
			t.Errorf("error %v", err)
		}
		close(release)
		all.Wait()
	})
}

func TestThreadsHaveSlotsOfTheirOwnWhileTheyHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.GOMAXPROCS(0)
		s := &slots{extra: 3}
		see := func(what string, want int) {
			t.Helper()
			synctest.Wait()
			if n := runtime.GOMAXPROCS(0); n != want {
				t.Errorf("%s: %d slots, want %d", what, n, want)
			}
		}
		s.enter()
		s.enter()
		see("two hashes", before+3)
		s.leave()
		s.leave()
		see("just after them", before+3)
		time.Sleep(slotsKept / 2) // of the bubble's own time
		s.enter()
		time.Sleep(2 * slotsKept)
		see("a long hash", before+3)
		s.leave()
		time.Sleep(slotsKept)
		see("a while after the last", before)
	})
}

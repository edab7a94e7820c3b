package credential

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Config is what a Hasher needs.
type Config struct {
	Cost    int // of new hashes, from Tune
	Threads int // how many passwords are hashed at once; 0 means one per processor
	Waiting int // how many more may wait, of all origins together; 0 means 64
	Log     *slog.Logger
}

// Hasher hashes and verifies passwords on its own threads. It is safe for
// concurrent use.
type Hasher struct {
	cost    int
	threads int
	log     *slog.Logger
	decoy   string
	queue   *queue
	slots   slots
	stop    chan struct{}
	stopped sync.WaitGroup
	hashes  atomic.Uint64
	refused atomic.Uint64
}

// job is one piece of work that waits for a thread.
type job struct {
	ctx    context.Context
	origin string
	work   func()
	done   chan struct{} // closed when the work is done or will not be
	failed error         // why it will not be; read after done
}

// Start starts the threads; Close ends them.
func Start(c Config) *Hasher {
	if c.Threads <= 0 {
		c.Threads = runtime.NumCPU()
	}
	if c.Waiting <= 0 {
		c.Waiting = 64
	}
	c.Cost = min(max(c.Cost, LowestCost), highestCost)
	h := &Hasher{
		cost: c.Cost, threads: c.Threads, log: c.Log, decoy: decoy(c.Cost),
		queue: newQueue(c.Waiting), stop: make(chan struct{}), slots: slots{extra: c.Threads},
	}
	for range h.threads {
		h.stopped.Add(1)
		go h.thread()
	}
	return h
}

// Close waits for the hashes under way. Whoever still waits for a thread, and
// whoever comes later, is told that the service is unavailable.
func (h *Hasher) Close() {
	close(h.stop)
	h.queue.close()
	h.stopped.Wait()
	h.slots.lower()
}

// thread is one thread's life. It never unlocks, so the thread ends with the
// goroutine and its low priority reaches nobody else.
func (h *Hasher) thread() {
	defer h.stopped.Done()
	runtime.LockOSThread()
	if err := lowerPriority(); err != nil {
		h.log.Warn("password hashing keeps its normal priority", "error", err)
	}
	for j := h.queue.next(); j != nil; j = h.queue.next() {
		if j.ctx.Err() == nil {
			j.work()
		}
		close(j.done)
	}
}

// run runs the work on a thread and waits for it. Errors: fault.Unavailable
// when too many wait already; the context's own.
func (h *Hasher) run(ctx context.Context, work func()) error {
	h.slots.enter()
	defer h.slots.leave()
	j := &job{ctx: ctx, origin: originOf(ctx), work: work, done: make(chan struct{})}
	if dropped := h.queue.join(j); dropped != nil {
		h.refused.Add(1)
		dropped.failed = busy()
		close(dropped.done)
	}
	select {
	case <-j.done:
		if j.failed != nil {
			return j.failed
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("password not hashed: %w", err)
		}
		return nil
	case <-ctx.Done():
		h.queue.leave(j)
		return fmt.Errorf("password not hashed: %w", ctx.Err())
	case <-h.stop:
		return busy()
	}
}

func busy() error {
	return fault.New(fault.Unavailable, "Too many people are signing in at this moment. Please try again.").After(time.Second)
}

// Hash makes the hash of a new password. Errors: fault.Invalid when bcrypt
// cannot take it whole, fault.Unavailable when the queue is full.
func (h *Hasher) Hash(ctx context.Context, password string) (Hash, error) {
	if err := hashable(password); err != nil {
		return Hash{}, err
	}
	var encoded []byte
	var failed error
	if err := h.run(ctx, func() { encoded, failed = h.generate(password) }); err != nil {
		return Hash{}, err
	}
	if failed != nil {
		return Hash{}, failed
	}
	return Hash{string(encoded), Bcrypt, h.cost}, nil
}

func (h *Hasher) generate(password string) ([]byte, error) {
	h.hashes.Add(1)
	encoded, err := bcrypt.GenerateFromPassword([]byte(password), h.cost)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	return encoded, nil
}

// Verify reports whether the password is the one that was hashed. When it is,
// and the hash has become too cheap, renewed is a better one to store. The zero
// Hash, one that cannot be read and a password that cannot have been stored are
// never right, and cost as much as any other. Errors: fault.Unavailable when
// the queue is full.
func (h *Hasher) Verify(ctx context.Context, hash Hash, password string) (ok bool, renewed *Hash, err error) {
	attempt, stored, genuine := []byte(password), hash.Encoded, true
	if hashable(password) != nil {
		attempt, genuine = attempt[:min(len(attempt), MostBytes)], false
	}
	known, err := Parse(hash.Encoded)
	if err != nil {
		stored, genuine = h.decoy, false
		if hash.Encoded != "" {
			h.log.Error("a stored password hash cannot be read", "algorithm", hash.Algorithm, "error", err)
		}
	}
	// Not the named results: a caller that goes away returns while this runs.
	var right bool
	var better *Hash
	err = h.run(ctx, func() {
		h.hashes.Add(1)
		same := bcrypt.CompareHashAndPassword([]byte(stored), attempt) == nil
		if right = same && genuine; right && known.Cost < h.cost {
			better = h.renew(password)
		}
	})
	if err != nil {
		return false, nil, err
	}
	return right, better, nil
}

// renew makes a better hash, or nil: the sign-in is right without one, and the
// next will try again.
func (h *Hasher) renew(password string) *Hash {
	encoded, err := h.generate(password)
	if err != nil {
		h.log.Error("a password hash was not renewed", "error", err)
		return nil
	}
	return &Hash{string(encoded), Bcrypt, h.cost}
}

// Cost is the cost of new hashes.
func (h *Hasher) Cost() int { return h.cost }

// decoy is the form of a hash of that cost, of no password. It is put together
// rather than computed, so that a start does not wait for it.
func decoy(cost int) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // It does not fail (crypto/rand).
	letters := base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
	return fmt.Sprintf("$2a$%02d$%s%s", cost, letters.WithPadding(base64.NoPadding).EncodeToString(salt), strings.Repeat(".", 31))
}

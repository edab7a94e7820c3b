package limit

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Decision is what a bucket says.
type Decision struct {
	Allowed    bool
	Limit      int           // how many may be spent at once
	Remaining  int           // how many may be spent now
	Reset      time.Duration // until the bucket is full again
	RetryAfter time.Duration // until one may be spent; 0 when allowed
}

// Err is nil when allowed, else fault.Limited with the time to wait.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return fault.New(fault.Limited, "Too many requests. Please wait a moment.").WithCode("too_many_requests").After(d.RetryAfter)
}

const (
	shards = 64
	// mostBuckets bounds memory: about 100 bytes each.
	mostBuckets = 1 << 17
	perShard    = mostBuckets / shards
	// sampled is how many buckets compete for being forgotten.
	sampled = 16
)

// Limiter keeps the buckets. It is safe for concurrent use.
//
// It is the generic cell rate algorithm (ITU-T I.371): a bucket is the one
// moment at which it would be full again, its theoretical arrival time.
type Limiter struct {
	rules  map[Class]rule
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu   sync.Mutex
	full map[bucket]int64 // when it will be full: nanoseconds since 1970
	_    [48]byte         // shards are locked by different processors: one cache line each
}

type bucket struct {
	rule uint8
	key  Key
}

// New makes a limiter with empty memory. It fails on a class that does not
// exist and a rate that is out of bounds.
func New(c Config) (*Limiter, error) {
	rules, err := c.rules()
	if err != nil {
		return nil, err
	}
	l := &Limiter{rules: rules, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].full = map[bucket]int64{}
	}
	return l, nil
}

// Known reports whether there is such a class. A route table that names
// another must not mount.
func (l *Limiter) Known(class Class) bool {
	_, known := l.rules[class]
	return known
}

// Allow spends one from the bucket, if it holds one. A class that does not
// exist allows nothing.
func (l *Limiter) Allow(key Key, class Class, now time.Time) Decision {
	return l.decide(key, class, now, true)
}

// Peek says what Allow would, and spends nothing: for limits that count
// failures, asked before the attempt.
func (l *Limiter) Peek(key Key, class Class, now time.Time) Decision {
	return l.decide(key, class, now, false)
}

func (l *Limiter) decide(key Key, class Class, now time.Time, spend bool) Decision {
	r, known := l.rules[class]
	if !known {
		return Decision{RetryAfter: time.Second}
	}
	b, at := bucket{r.index, key}, now.UnixNano()
	s := l.shard(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	full, kept := s.full[b]
	if latest := at + r.window; full > latest {
		// The clock was set back or the limit made smaller: nobody waits for
		// longer than an empty bucket takes to fill.
		full, s.full[b] = latest, latest
	}
	d, next := r.decide(full, at)
	if !spend || !d.Allowed {
		return d
	}
	if !kept && len(s.full) >= perShard {
		s.forget(at)
	}
	s.full[b] = next
	d.Remaining, d.Reset = d.Remaining-1, time.Duration(next-at)
	return d
}

// decide is the whole rule: given when the bucket will be full, it says what
// may be spent now, and when it would be full if one were.
func (r rule) decide(full, now int64) (d Decision, next int64) {
	ahead := max(full-now, 0)
	next = now + ahead + r.interval
	d = Decision{Limit: r.burst, Remaining: int((r.window - ahead) / r.interval), Reset: time.Duration(ahead)}
	if over := ahead + r.interval - r.window; over > 0 {
		d.RetryAfter = time.Duration(over)
		return d, next
	}
	d.Allowed = true
	return d, next
}

func (l *Limiter) shard(b bucket) *shard {
	return &l.shards[maphash.Comparable(l.seed, b)%shards]
}

// forget makes room for one bucket. Of a few that chance picks, full ones go,
// and if there is none the one that would be full first: it says least. A flood
// of new keys has spent one each, so it pushes out itself.
func (s *shard) forget(now int64) {
	var least bucket
	earliest, seen := int64(0), 0
	for b, full := range s.full {
		if full <= now {
			delete(s.full, b)
		} else if earliest == 0 || full < earliest {
			least, earliest = b, full
		}
		if seen++; seen == sampled {
			break
		}
	}
	if len(s.full) >= perShard {
		delete(s.full, least)
	}
}

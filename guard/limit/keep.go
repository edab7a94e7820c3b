package limit

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
)

const (
	// worthKeeping is how far from full a bucket must be to be written: those
	// that fill within a second are full before a restart is over.
	worthKeeping = time.Second
	keepBatch    = 256
)

// Keeper writes the buckets to the database and reads them back, so that a
// restart gives nobody a new allowance.
type Keeper struct {
	Limiter *Limiter
	DB      *db.DB
	Clock   clock.Clock
}

// kept is a bucket as it is stored.
type kept struct {
	name string
	full int64 // microseconds since 1970
}

// Save writes the buckets that are far from full and deletes the rows of those
// that are full. It is the body of a job, and runs once more before the end.
func (k *Keeper) Save(ctx context.Context) error {
	now := k.Clock.Now()
	buckets := k.Limiter.snapshot(now.Add(worthKeeping))
	for len(buckets) > 0 {
		batch := buckets[:min(len(buckets), keepBatch)]
		buckets = buckets[len(batch):]
		if err := k.DB.Write(ctx, func(tx *db.Tx) error { return save(ctx, tx, batch) }); err != nil {
			return fmt.Errorf("save rate limits: %w", err)
		}
	}
	return k.prune(ctx, now)
}

// save keeps the later moment where another process has written the bucket too.
func save(ctx context.Context, tx *db.Tx, batch []kept) error {
	for _, b := range batch {
		_, err := tx.Exec(ctx, `INSERT INTO limit_buckets (bucket, tat) VALUES ($1, $2)
			ON CONFLICT (bucket) DO UPDATE SET tat = excluded.tat WHERE limit_buckets.tat < excluded.tat`, b.name, b.full)
		if err != nil {
			return err
		}
	}
	return nil
}

// prune looks before it writes: most of the time there is nothing.
func (k *Keeper) prune(ctx context.Context, now time.Time) error {
	var old bool
	err := k.DB.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM limit_buckets WHERE tat <= $1)`, db.Micros(now)).Scan(&old)
	if err == nil && old {
		err = k.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM limit_buckets WHERE tat <= $1`, db.Micros(now))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("prune rate limits: %w", err)
	}
	return nil
}

// Restore reads back what Save wrote. A bucket whose class this version does
// not know is passed over.
func (k *Keeper) Restore(ctx context.Context) error {
	rows, err := k.DB.Query(ctx, `SELECT bucket, tat FROM limit_buckets WHERE tat > $1 ORDER BY tat DESC LIMIT $2`,
		db.Micros(k.Clock.Now()), mostBuckets)
	if err != nil {
		return fmt.Errorf("restore rate limits: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b kept
		if err := rows.Scan(&b.name, &b.full); err != nil {
			return fmt.Errorf("restore rate limits: %w", err)
		}
		k.Limiter.restore(b)
	}
	return rows.Err()
}

// snapshot lists the buckets that will not be full by then.
func (l *Limiter) snapshot(by time.Time) []kept {
	var list []kept
	at := by.UnixNano()
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for b, full := range s.full {
			if full > at {
				list = append(list, kept{b.String(), full / int64(time.Microsecond)})
			}
		}
		s.mu.Unlock()
	}
	return list
}

func (l *Limiter) restore(k kept) {
	b, ok := l.parse(k.name)
	if !ok {
		return
	}
	s := l.shard(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.full[b]; there || len(s.full) < perShard {
		s.full[b] = max(s.full[b], k.full*int64(time.Microsecond))
	}
}

// String is the bucket's name in the database: its class and its key. The key
// of a name is a digest, so names are not stored.
func (b bucket) String() string {
	return string(Classes[b.rule].Class) + ":" + hex.EncodeToString(b.key.address[:]) + hex.EncodeToString(b.key.name[:])
}

func (l *Limiter) parse(name string) (b bucket, ok bool) {
	class, digits, _ := strings.Cut(name, ":")
	r, known := l.rules[Class(class)]
	raw, err := hex.DecodeString(digits)
	if !known || err != nil || len(raw) != len(b.key.address)+len(b.key.name) {
		return bucket{}, false
	}
	b.rule = r.index
	copy(b.key.address[:], raw)
	copy(b.key.name[:], raw[len(b.key.address):])
	return b, true
}

package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/gatehouse/gatehouse/platform/db"
)

const (
	mostSealed   = 4096                   // events in one sealing transaction
	sealEvery    = 250 * time.Millisecond // how long events gather when there are many
	lookEvery    = time.Second            // how often events of other processes are looked for
	leaseName    = "journal.seal"
	leaseFor     = 10 * time.Second
	keepPerStep  = time.Minute // of several checkpoints in a step the newest is kept
	publishEvery = time.Minute // how often a checkpoint leaves the database
)

// errNotHolder is met when another process is the sealer.
var errNotHolder = errors.New("another process holds the sealer's lease")

// sealedRow is a row as the transparency log covers it.
type sealedRow struct {
	id, tenant, kind, actor, object, subject string
	at                                       int64
	salt, payload                            []byte
}

const sealedColumns = `id, tenant, at, kind, actor, object, subject, salt, payload`

func (r *sealedRow) fields() []any {
	return []any{&r.id, &r.tenant, &r.at, &r.kind, &r.actor, &r.object, &r.subject, &r.salt, &r.payload}
}

// Run seals and delivers until the context ends, and seals once more then.
func (j *Journal) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseFor)
			j.sealAll(last)
			cancel()
			return
		case <-j.wake:
			// Let a few gather: sealing many at once is cheaper than each.
			select {
			case <-ctx.Done():
			case <-j.Clock.After(sealEvery):
			}
		case <-j.Clock.After(lookEvery):
		}
		j.sealAll(ctx)
		j.Deliver(ctx)
	}
}

func (j *Journal) sealAll(ctx context.Context) {
	if _, err := j.Seal(ctx); err != nil && ctx.Err() == nil {
		j.Log.Error("seal the journal", "error", err)
	}
}

// Seal gives every unsealed event its position and commitment, and returns how
// many there were. Another process that holds the lease seals instead.
func (j *Journal) Seal(ctx context.Context) (sealed int, err error) {
	j.sealing.Lock()
	defer j.sealing.Unlock()
	for {
		ids, err := j.unsealed(ctx)
		if err != nil || len(ids) == 0 {
			return sealed, err
		}
		leaves, err := j.leaves(ctx, ids)
		if err != nil {
			return sealed, err
		}
		if err := j.sealBatch(ctx, ids, leaves); errors.Is(err, errNotHolder) {
			return sealed, nil
		} else if err != nil {
			return sealed, err
		}
		sealed += len(ids)
		if len(ids) < mostSealed {
			return sealed, nil
		}
	}
}

// unsealed finds the oldest unsealed events, in their order. One row of all ids
// is read ten times faster than a row for each.
func (j *Journal) unsealed(ctx context.Context) ([]string, error) {
	var list string
	err := j.DB.QueryRow(ctx, `SELECT coalesce(string_agg(id, ','), '') FROM
		(SELECT id FROM journal WHERE position IS NULL ORDER BY id LIMIT $1) AS oldest`, mostSealed).Scan(&list)
	if err != nil {
		return nil, fmt.Errorf("read unsealed events: %w", err)
	}
	if list == "" {
		return nil, nil
	}
	ids := strings.Split(list, ",")
	slices.Sort(ids) // An aggregate promises no order.
	return ids, nil
}

// leaves are the commitments of the events: of this process's own as they were
// recorded, of others computed from what is stored.
func (j *Journal) leaves(ctx context.Context, ids []string) ([]tlog.Hash, error) {
	leaves := make([]tlog.Hash, len(ids))
	missing := map[string]int{}
	j.recorded.find(ids, leaves, missing)
	if len(missing) == 0 {
		return leaves, nil
	}
	rows, err := j.DB.Query(ctx, `SELECT `+sealedColumns+` FROM journal WHERE position IS NULL AND id IN `+db.InTexts(j.DB, 1),
		db.List(j.DB, slices.Collect(maps.Keys(missing))))
	if err != nil {
		return nil, fmt.Errorf("read unsealed events: %w", err)
	}
	defer rows.Close()
	found := 0
	for ; rows.Next(); found++ {
		var r sealedRow
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, fmt.Errorf("read unsealed events: %w", err)
		}
		leaves[missing[r.id]] = commitment(&r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read unsealed events: %w", err)
	}
	if found != len(missing) { // Another process has sealed them meanwhile.
		return nil, errNotHolder
	}
	return leaves, nil
}

func (j *Journal) sealBatch(ctx context.Context, ids []string, leaves []tlog.Hash) error {
	var note string
	var size int64
	err := j.DB.Write(ctx, func(tx *db.Tx) error {
		if err := j.hold(ctx, tx); err != nil {
			return err
		}
		var err error
		if size, err = sealedSize(ctx, tx); err != nil {
			return err
		}
		if err := j.position(ctx, tx, ids, size); err != nil {
			return err
		}
		note, err = j.extend(ctx, tx, leaves, size)
		return err
	})
	if err != nil {
		j.log.forget()
		return err
	}
	j.recorded.forget(ids)
	j.log.kept(size + int64(len(ids)))
	return j.publish(note)
}

func (j *Journal) hold(ctx context.Context, tx *db.Tx) error {
	until := db.Micros(tx.Now.Add(leaseFor))
	n, err := tx.Exec(ctx, `INSERT INTO leases (name, holder, fence, until) VALUES ($1, $2, 1, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
			fence = leases.fence + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END
		WHERE leases.holder = excluded.holder OR leases.until < $4`, leaseName, j.holder, until, db.Micros(tx.Now))
	if err == nil && n == 0 {
		// What this process remembers of the log is no longer the end of it.
		j.log.forget()
		return errNotHolder
	}
	return err
}

func sealedSize(ctx context.Context, q db.Querier) (size int64, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce(max(position) + 1, 0) FROM journal WHERE position IS NOT NULL`).Scan(&size)
	return size, err
}

// position numbers the events. All of them must still be unsealed.
func (j *Journal) position(ctx context.Context, tx *db.Tx, ids []string, size int64) error {
	n, err := tx.Exec(ctx, `UPDATE journal SET position = $2 + list.ordinal FROM `+db.Ordered(tx, 1)+`
		WHERE journal.id = list.value AND journal.position IS NULL`, db.List(tx, ids), size)
	if err != nil {
		return fmt.Errorf("number events: %w", err)
	}
	if n != int64(len(ids)) {
		return fmt.Errorf("%d of %d events were still unsealed", n, len(ids))
	}
	return nil
}

// extend appends the leaves to the transparency log and signs its new head.
func (j *Journal) extend(ctx context.Context, tx *db.Tx, leaves []tlog.Hash, size int64) (note string, err error) {
	j.log.begin(size)
	for i, leaf := range leaves {
		if err := j.log.append(size+int64(i), leaf); err != nil {
			return "", err
		}
	}
	if err := j.log.save(ctx, tx); err != nil {
		return "", err
	}
	size += int64(len(leaves))
	root, err := tlog.TreeHash(size, j.log)
	if err != nil {
		return "", err
	}
	note, err = j.signer.sign(Checkpoint{Size: size, Root: root, At: tx.Now})
	if err != nil {
		return "", err
	}
	step := db.Micros(tx.Now.Truncate(keepPerStep))
	if _, err := tx.Exec(ctx, `DELETE FROM journal_checkpoints WHERE at >= $1`, step); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO journal_checkpoints (size, at, note) VALUES ($1, $2, $3)`, size, db.Micros(tx.Now), note)
	return note, err
}

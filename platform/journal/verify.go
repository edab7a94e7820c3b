package journal

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/gatehouse/gatehouse/platform/db"
)

// Report is what a verification found.
type Report struct {
	At       time.Time
	Verified int64  // events that agree with the transparency log
	Sound    bool   // whether all do
	Finding  string // the first thing that does not, "" when sound
}

const perPage = 2000

// Verify recomputes the commitment of every sealed event and compares it, every
// stored hash and every checkpoint with the transparency log. Checkpoints that
// were kept outside the database are given in held; with one of them, a log
// that was rewritten as a whole, or cut short, is found too. The error tells
// that the verification could not be done; what it found is in the report.
func (j *Journal) Verify(ctx context.Context, held ...string) (Report, error) {
	r := Report{At: j.Clock.Now()}
	v := verification{Journal: j, tree: &tree{db: j.DB}}
	err := v.run(ctx, held)
	r.Verified, r.Finding, r.Sound = v.next, v.finding, v.finding == "" && err == nil
	if err != nil {
		return r, fmt.Errorf("verify the journal: %w", err)
	}
	return r, j.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM journal_reports WHERE at < $1`, db.Micros(tx.Now.AddDate(0, 0, -90))); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO journal_reports (at, verified, sound, finding) VALUES ($1, $2, $3, $4)
			ON CONFLICT (at) DO UPDATE SET verified = excluded.verified, sound = excluded.sound, finding = excluded.finding`,
			db.Micros(r.At), r.Verified, r.Sound, r.Finding)
		return err
	})
}

type verification struct {
	*Journal
	tree    *tree
	next    int64 // the position that is verified next
	finding string
}

func (v *verification) found(format string, args ...any) { v.finding = fmt.Sprintf(format, args...) }

func (v *verification) run(ctx context.Context, held []string) error {
	notes, err := v.checkpoints(ctx)
	if err != nil {
		return err
	}
	for v.finding == "" {
		more, err := v.page(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	for _, signed := range append(notes, held...) {
		if v.finding != "" {
			return nil
		}
		if err := v.checkpoint(signed); err != nil {
			return err
		}
	}
	return nil
}

// page verifies the next rows against the stored hashes. Each row's leaf and
// the interior hashes that it completes are recomputed from hashes that were
// verified before, so by induction all of them are.
func (v *verification) page(ctx context.Context) (more bool, err error) {
	rows, err := v.DB.Query(ctx, `SELECT position, `+sealedColumns+` FROM journal WHERE position >= $1 ORDER BY position LIMIT $2`, v.next, perPage)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var position int64
		var r sealedRow
		if err := rows.Scan(append([]any{&position}, r.fields()...)...); err != nil {
			return false, err
		}
		if position != v.next {
			v.found("event %d is missing", v.next)
			return false, nil
		}
		if v.event(&r); v.finding != "" {
			return false, nil
		}
		v.next++
	}
	return n == perPage, rows.Err()
}

func (v *verification) event(r *sealedRow) {
	want, err := tlog.StoredHashesForRecordHash(v.next, commitment(r), v.tree)
	if err != nil {
		v.found("event %d has no commitment in the transparency log", v.next)
		return
	}
	index := tlog.StoredHashIndex(0, v.next)
	indexes := make([]int64, len(want))
	for i := range want {
		indexes[i] = index + int64(i)
	}
	have, err := v.tree.ReadHashes(indexes)
	if err != nil {
		v.found("event %d has no commitment in the transparency log", v.next)
		return
	}
	for i := range want {
		if want[i] != have[i] {
			v.found("event %d is not what was sealed", v.next)
			return
		}
	}
}

func (v *verification) checkpoints(ctx context.Context) (notes []string, err error) {
	rows, err := v.DB.Query(ctx, `SELECT note FROM journal_checkpoints ORDER BY size`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var signed string
		if err := rows.Scan(&signed); err != nil {
			return nil, err
		}
		notes = append(notes, signed)
	}
	return notes, rows.Err()
}

func (v *verification) checkpoint(signed string) error {
	c, err := v.signer.open(signed)
	switch {
	case err != nil:
		v.found("a checkpoint does not verify: %v", err)
	case c.Size > v.next:
		v.found("a checkpoint covers %d events, and there are %d", c.Size, v.next)
	case c.Size > 0:
		root, err := tlog.TreeHash(c.Size, v.tree)
		if err != nil {
			return err
		}
		if root != c.Root {
			v.found("the first %d events are not those of the checkpoint of %s", c.Size, c.At.Format(time.RFC3339))
		}
	}
	return nil
}

// State is how the journal stands now.
type State struct {
	Sealed     int64 // events with a position
	Unsealed   int64 // events that wait for the sealer
	Checkpoint Checkpoint
	Signed     string // the newest checkpoint as signed
	Report     Report // of the last verification; its time is zero when there was none
}

// State reads how the journal stands now.
func (j *Journal) State(ctx context.Context) (s State, err error) {
	if s.Sealed, err = sealedSize(ctx, j.DB); err != nil {
		return s, err
	}
	if err := j.DB.QueryRow(ctx, `SELECT count(*) FROM journal WHERE position IS NULL`).Scan(&s.Unsealed); err != nil {
		return s, err
	}
	err = j.DB.QueryRow(ctx, `SELECT note FROM journal_checkpoints ORDER BY size DESC LIMIT 1`).Scan(&s.Signed)
	switch {
	case err == nil:
		// A note that was tampered with is Verify's to report.
		s.Checkpoint, _ = j.signer.open(s.Signed)
	case !db.NoRows(err):
		return s, err
	}
	var at int64
	err = j.DB.QueryRow(ctx, `SELECT at, verified, sound, finding FROM journal_reports ORDER BY at DESC LIMIT 1`).
		Scan(&at, &s.Report.Verified, &s.Report.Sound, &s.Report.Finding)
	if err != nil && !db.NoRows(err) {
		return s, err
	}
	s.Report.At = db.Time(at)
	return s, nil
}

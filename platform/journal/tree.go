package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/gatehouse/gatehouse/platform/db"
)

// perBlock is how many stored hashes lie in one row.
const perBlock = 256

// mostBlocks bounds the cache: a log of 2^40 events needs about 40 blocks to
// append to.
const mostBlocks = 128

// tree keeps the transparency log's stored hashes (tlog.StoredHashIndex) in
// blocks. It is used by one goroutine at a time.
type tree struct {
	db     db.Querier
	size   int64 // how many leaves the remembered blocks stand for
	blocks map[int64][]byte
	fresh  map[int64]bool // blocks to be written
}

// commitment is the leaf of one event: it covers the sealed payload, its salt
// and every plain column.
func commitment(e *sealedRow) tlog.Hash {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	part(e.salt)
	part(e.payload)
	for _, s := range []string{e.id, e.tenant, e.kind, e.actor, e.object, e.subject} {
		part([]byte(s))
	}
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(e.at)) // #nosec G115 -- the bits matter, not the number
	part(at[:])
	return tlog.RecordHash(h.Sum(nil))
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		block, err := t.block(index / perBlock)
		if err != nil {
			return nil, err
		}
		at := int(index%perBlock) * tlog.HashSize
		if at+tlog.HashSize > len(block) {
			return nil, fmt.Errorf("the transparency log has no hash %d", index)
		}
		copy(hashes[i][:], block[at:])
	}
	return hashes, nil
}

func (t *tree) block(n int64) ([]byte, error) {
	if b, ok := t.blocks[n]; ok {
		return b, nil
	}
	hashes := make([]byte, 0, perBlock*tlog.HashSize)
	err := t.db.QueryRow(context.Background(), `SELECT hashes FROM journal_blocks WHERE block = $1`, n).Scan(&hashes)
	if err != nil && !db.NoRows(err) {
		return nil, fmt.Errorf("read the transparency log: %w", err)
	}
	if t.blocks == nil {
		t.blocks = map[int64][]byte{}
	}
	for old := range t.blocks {
		if len(t.blocks) < mostBlocks {
			break
		}
		if !t.fresh[old] {
			delete(t.blocks, old)
		}
	}
	t.blocks[n] = hashes
	return hashes, nil
}

// append adds leaf n and returns nothing until save; the blocks it changed are
// remembered as fresh.
func (t *tree) append(n int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, t)
	if err != nil {
		return err
	}
	index := tlog.StoredHashIndex(0, n)
	for i, h := range hashes {
		at := index + int64(i)
		block, err := t.block(at / perBlock)
		if err != nil {
			return err
		}
		offset := int(at%perBlock) * tlog.HashSize
		if offset > len(block) {
			return fmt.Errorf("the transparency log has a gap before hash %d", at)
		}
		// In place: begin drops what a transaction that was rolled back has left.
		// A copy for each hash was two thirds of all that recording allocates.
		t.blocks[at/perBlock] = append(block, h[:]...)
		if t.fresh == nil {
			t.fresh = map[int64]bool{}
		}
		t.fresh[at/perBlock] = true
	}
	return nil
}

func (t *tree) save(ctx context.Context, tx *db.Tx) error {
	for n := range t.fresh {
		if _, err := tx.Exec(ctx, `INSERT INTO journal_blocks (block, hashes) VALUES ($1, $2)
			ON CONFLICT (block) DO UPDATE SET hashes = excluded.hashes`, n, t.blocks[n]); err != nil {
			return fmt.Errorf("write the transparency log: %w", err)
		}
	}
	return nil
}

// begin makes ready to append leaf n. What is remembered of another length, or
// of a transaction that did not commit, is dropped.
func (t *tree) begin(n int64) {
	if t.size != n || len(t.fresh) > 0 {
		t.forget()
	}
	t.size = n
}

// kept is told that everything up to the new length is committed.
func (t *tree) kept(size int64) {
	clear(t.fresh)
	t.size = size
}

// forget drops everything remembered.
func (t *tree) forget() { t.blocks, t.fresh = nil, nil }

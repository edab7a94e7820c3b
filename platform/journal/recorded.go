package journal

import (
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// recorded remembers the commitments of events from their commit until they are
// sealed, so that the sealer need not read back what was just written: that
// took 5 µs for each event. It is a cache: what is not in it is read.
type recorded struct {
	mu     sync.Mutex
	leaves map[string]tlog.Hash // by event id
}

// mostRecorded bounds the memory while another process seals, or nobody can.
const mostRecorded = 4 * mostSealed

func (r *recorded) add(id string, leaf tlog.Hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaves == nil || len(r.leaves) >= mostRecorded {
		r.leaves = map[string]tlog.Hash{}
	}
	r.leaves[id] = leaf
}

// find fills in the leaves that are remembered, and the places of those that
// are missing.
func (r *recorded) find(ids []string, leaves []tlog.Hash, missing map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, id := range ids {
		leaf, ok := r.leaves[id]
		if !ok {
			missing[id] = i
		}
		leaves[i] = leaf
	}
}

func (r *recorded) forget(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		delete(r.leaves, id)
	}
	if len(r.leaves) == 0 {
		r.leaves = nil // A map never gives back what it grew to.
	}
}

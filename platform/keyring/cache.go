package keyring

import "sync"

// mostOpened bounds the opened keys in memory, at about a kilobyte each. Tenant
// keys come on top: they are never evicted, because only the root could bring
// them back.
const mostOpened = 1 << 15

// cache keeps opened keys by id, and by what they are for.
type cache struct {
	most int

	mu      sync.Mutex
	epoch   uint64 // grows with every drop
	byID    map[keyID]*opened
	current map[name]*opened // what new values are sealed with
	first   map[name]*opened // what is derived from
	ring    opened           // sentinel: newer is the least, older the most lately used
	evicts  int              // how many entries of byID are in the ring
}

func newCache(most int) *cache {
	c := &cache{most: most, byID: map[keyID]*opened{}, current: map[name]*opened{}, first: map[name]*opened{}}
	c.ring.newer, c.ring.older = &c.ring, &c.ring
	return c
}

// now is the epoch. What was read under it may be put only while it lasts, so
// that a slow reader cannot bring back a key that was dropped meanwhile.
func (c *cache) now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

func (c *cache) get(id keyID) *opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.use(c.byID[id])
}

func (c *cache) currentOf(n name) *opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.use(c.current[n])
}

func (c *cache) firstOf(n name) *opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.use(c.first[n])
}

// role says which of the two by-name maps a key is put into as well.
type role uint8

const (
	roleNone role = iota
	roleCurrent
	roleFirst
)

func (c *cache) put(o *opened, as role, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	if known := c.byID[o.id]; known != nil {
		o = c.use(known)
	} else {
		c.byID[o.id] = o
		if o.name.level != levelTenant {
			c.link(o)
			c.evicts++
		}
	}
	switch as {
	case roleNone:
	case roleCurrent:
		c.current[o.name] = o
	case roleFirst:
		c.first[o.name] = o
	}
	for c.evicts > c.most {
		c.remove(c.ring.newer)
	}
}

// drop forgets the keys that match.
func (c *cache) drop(match func(*opened) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, o := range c.byID {
		if match(o) {
			c.remove(o)
		}
	}
}

// dropIDs forgets the keys with these ids.
func (c *cache) dropIDs(ids []keyID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, id := range ids {
		if o := c.byID[id]; o != nil {
			c.remove(o)
		}
	}
}

func (c *cache) use(o *opened) *opened {
	if o != nil && o.newer != nil && c.ring.older != o {
		unlink(o)
		c.link(o)
	}
	return o
}

func (c *cache) remove(o *opened) {
	delete(c.byID, o.id)
	if c.current[o.name] == o {
		delete(c.current, o.name)
	}
	if c.first[o.name] == o {
		delete(c.first, o.name)
	}
	if o.newer != nil {
		unlink(o)
		o.newer, o.older = nil, nil
		c.evicts--
	}
}

func (c *cache) link(o *opened) {
	o.newer, o.older = &c.ring, c.ring.older
	c.ring.older.newer = o
	c.ring.older = o
}

func unlink(o *opened) { o.newer.older, o.older.newer = o.older, o.newer }

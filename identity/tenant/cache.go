package tenant

import "sync"

// Cache keeps what is derived from a tenant's configuration, each under the
// generation it was read in. The zero Cache is ready; it is safe for
// concurrent use.
type Cache[T any] struct {
	mu      sync.RWMutex
	tenants map[string]*generation[T]
}

type generation[T any] struct {
	number  int64
	entries map[string]T
}

// mostEntries bounds one tenant's entries, and mostTenants the tenants, so
// that names somebody made up cannot fill the memory.
const (
	mostEntries = 10_000
	mostTenants = 20_000
)

// Get returns the entry of that key in the tenant's generation, loading it when
// it is not there. Failed loads are not kept.
func (c *Cache[T]) Get(t *Tenant, key string, load func() (T, error)) (T, error) {
	c.mu.RLock()
	if g := c.tenants[t.ID]; g != nil && g.number == t.Generation {
		if entry, ok := g.entries[key]; ok {
			c.mu.RUnlock()
			return entry, nil
		}
	}
	c.mu.RUnlock()
	entry, err := load()
	if err != nil {
		return entry, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tenants == nil || len(c.tenants) >= mostTenants {
		c.tenants = map[string]*generation[T]{}
	}
	g := c.tenants[t.ID]
	if g == nil || g.number < t.Generation || len(g.entries) >= mostEntries {
		g = &generation[T]{t.Generation, map[string]T{}}
		c.tenants[t.ID] = g
	}
	// A reader that still holds an older generation does not spoil the newer.
	if g.number == t.Generation {
		g.entries[key] = entry
	}
	return entry, nil
}

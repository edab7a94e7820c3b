package keyring

// RootOf is the keyring's root, for tests that start another process on it.
func RootOf(k *Keyring) Root { return k.root }

// NewSmall is New with a cache of few keys.
func NewSmall(root Root, most int) *Keyring {
	k := New(root, nil)
	k.cache = newCache(most)
	return k
}

// Cached is how many keys are held.
func Cached(k *Keyring) int { return len(k.cache.byID) }

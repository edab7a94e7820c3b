//go:build !linux

package app

// shortPath is the folder's own name.
func shortPath(dir string) (path string, done func(), err error) { return dir, func() {}, nil }

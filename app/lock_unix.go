//go:build unix

package app

import (
	"os"

	"golang.org/x/sys/unix"
)

// takeLock takes an advisory lock that ends with the process, however it ends.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names the data folder
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil { // #nosec G115 -- a file descriptor
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// locked reports whether a process holds the lock.
func locked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600) // #nosec G304 -- the operator names the data folder
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()                                 // It gives the lock back.
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil // #nosec G115 -- a file descriptor
}

//go:build !unix

package app

import "os"

// takeLock opens the file without a lock, which this system does not offer in
// this form: who starts two servers on one folder has only SQLite's own locks.
func takeLock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names the data folder
}

// locked cannot tell here.
func locked(string) bool { return false }

package app

import (
	"fmt"
	"os"
)

// longestSocketPath leaves room for the socket's name in the 108 bytes that
// Linux gives a socket's address (unix(7)).
const longestSocketPath = 90

// shortPath is a name of the folder that is short enough to hold a socket.
func shortPath(dir string) (path string, done func(), err error) {
	if len(dir) <= longestSocketPath {
		return dir, func() {}, nil
	}
	f, err := os.Open(dir) // #nosec G304 -- the operator names the data folder
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd()), func() { _ = f.Close() }, nil
}

package credential

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestHashingYieldsToEverythingElse(t *testing.T) {
	h := start(t, Config{Threads: 1})
	var priority int
	var err error
	if runErr := h.run(t.Context(), func() { priority, err = unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid()) }); runErr != nil || err != nil {
		t.Fatal(runErr, err)
	}
	if want := 20 - leastNice; priority != want { // The system call gives 20 minus the nice value.
		t.Errorf("priority %d, not %d", priority, want)
	}
}

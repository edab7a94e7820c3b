package credential

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestHashingYieldsToEverythingElse(t *testing.T) {
	h := start(t, Config{Threads: 1})
	var attributes *unix.SchedAttr
	var nice int
	var err error
	if runErr := h.run(t.Context(), func() {
		attributes, err = unix.SchedGetAttr(0, 0)
		nice, _ = unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
	}); runErr != nil || err != nil {
		t.Fatal(runErr, err)
	}
	// The system call gives 20 minus the nice value.
	if attributes.Policy != unix.SCHED_IDLE && nice != 20-leastNice {
		t.Errorf("policy %d, priority %d", attributes.Policy, nice)
	}
}

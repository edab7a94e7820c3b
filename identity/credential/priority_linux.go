package credential

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// leastNice is the lowest priority of the ordinary scheduling class.
const leastNice = 19

// lowerPriority lets the calling thread run when nothing else wants the
// processor: SCHED_IDLE (sched(7)), which a waking thread of any other class
// preempts at once. Where that is refused, the lowest nice value is next best.
func lowerPriority() error {
	idle := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}
	if err := unix.SchedSetAttr(0, &idle, 0); err == nil {
		return nil
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), leastNice); err != nil {
		return fmt.Errorf("set thread priority: %w", err)
	}
	return nil
}

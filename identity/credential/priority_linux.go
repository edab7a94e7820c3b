package credential

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// leastNice is the lowest priority of the ordinary scheduling class.
const leastNice = 19

// lowerPriority gives the calling thread a sixtieth of what others get
// (sched(7)). SCHED_IDLE would give next to nothing, and that is too little: the
// collector has to stop every thread for a moment, and while another program
// keeps the processors busy an idle-class thread would not even run to stop.
// Measured beside a busy program, requests then got through at less than half
// the rate.
func lowerPriority() error {
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), leastNice); err != nil {
		return fmt.Errorf("set thread priority: %w", err)
	}
	return nil
}

package credential

import (
	"runtime"
	"sync"
	"time"
)

// slotsKept is how long the added slots stay after the last hash. Changing their
// number stops the program for some microseconds, so it is done once for many
// sign-ins.
const slotsKept = 10 * time.Second

// slots adds scheduler slots while passwords are hashed. A thread that hashes
// occupies one of the runtime's GOMAXPROCS slots all the while, also when the
// operating system gives its processor to others; with as many more, goroutines
// that serve requests always find one. They are not there all the time, because
// more slots than processors cost every other request a few per cent.
type slots struct {
	extra int

	mu     sync.Mutex
	users  int // hashes wanted and not yet done
	raised bool
	end    *time.Timer
}

func (s *slots) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
	if s.end != nil {
		s.end.Stop()
		s.end = nil
	}
	if !s.raised {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + s.extra)
		s.raised = true
	}
}

func (s *slots) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.end = time.AfterFunc(slotsKept, s.lower)
	}
}

// lower takes the slots back, unless somebody came meanwhile.
func (s *slots) lower() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users > 0 || !s.raised {
		return
	}
	runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)-s.extra))
	s.raised = false
}

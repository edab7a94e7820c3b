package web

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
)

const (
	logFlushSize  = 64 << 10 // bytes
	logFlushDelay = 100 * time.Millisecond
)

// LogBuffer stands under a slog handler and writes its lines in groups: when 64
// KiB are waiting, 100 ms after the first of them, and at Close. A system call
// for each request's line would cost more than the rest of the request's record.
type LogBuffer struct {
	clock   clock.Clock
	mu      sync.Mutex // guards waiting, spare, closed
	waiting []byte
	spare   []byte
	closed  bool
	writing sync.Mutex // held while out is written, so that groups keep their order
	out     io.Writer
	armed   chan struct{}
	stop    chan struct{}
	stopped chan struct{}
}

// NewLogBuffer starts the buffer before out. Close it, or the last lines are lost.
func NewLogBuffer(out io.Writer, clk clock.Clock) *LogBuffer {
	b := &LogBuffer{
		clock: clk, out: out,
		waiting: make([]byte, 0, logFlushSize), spare: make([]byte, 0, logFlushSize),
		armed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go b.run()
	return b
}

// Write takes one line. It blocks only while a full group is being written.
func (b *LogBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return 0, errors.New("log buffer: closed")
	}
	first := len(b.waiting) == 0
	b.waiting = append(b.waiting, line...)
	full := len(b.waiting) >= logFlushSize
	b.mu.Unlock()
	if full {
		return len(line), b.Flush()
	}
	if first {
		select {
		case b.armed <- struct{}{}:
		default:
		}
	}
	return len(line), nil
}

// Flush writes what is waiting.
func (b *LogBuffer) Flush() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	group := b.waiting
	b.waiting, b.spare = b.spare[:0], nil
	b.mu.Unlock()
	var err error
	if len(group) > 0 {
		_, err = b.out.Write(group)
	}
	if cap(group) > 4*logFlushSize {
		group = make([]byte, 0, logFlushSize) // one huge line is not kept for ever
	}
	b.mu.Lock()
	b.spare = group[:0]
	b.mu.Unlock()
	return err
}

// Close writes what is waiting and refuses further lines.
func (b *LogBuffer) Close() error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	close(b.stop)
	<-b.stopped
	return b.Flush()
}

func (b *LogBuffer) run() {
	defer close(b.stopped)
	for {
		select {
		case <-b.stop:
			return
		case <-b.armed:
		}
		select {
		case <-b.stop:
			return
		case <-b.clock.After(logFlushDelay):
			_ = b.Flush() // there is nobody to tell that the log cannot be written
		}
	}
}

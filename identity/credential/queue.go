package credential

import (
	"context"
	"slices"
	"sync"
)

type originKey struct{}

// WithOrigin says whom the passwords of this context are hashed for: the block
// of addresses that the client is counted by. Those that wait are served in turn
// by origin. Work of the installation's own has the origin "", as has a context
// that does not say.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func originOf(ctx context.Context) string {
	origin, _ := ctx.Value(originKey{}).(string)
	return origin
}

// queue is who waits for a thread: one line for each origin, served in turn, so
// that whoever fills theirs waits for themselves. While there is room a line may
// be as long as it likes; when there is none, the longest gives up its end to a
// shorter one.
type queue struct {
	mu      sync.Mutex
	arrived sync.Cond
	most    int
	waiting int
	closed  bool
	lines   map[string]*line
	turns   []*line // those with anybody in them, the next to be served first
}

// line is who waits of one origin, the first to come first.
type line struct{ jobs []*job }

func newQueue(most int) *queue {
	q := &queue{most: most, lines: map[string]*line{}}
	q.arrived.L = &q.mu
	return q
}

// join puts a job at the end of its line. dropped is the one that is turned away
// for it: another when the queue is full, the job itself when nobody has taken
// more room, or at the end.
func (q *queue) join(j *job) (dropped *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return j
	}
	if q.waiting >= q.most {
		longest := q.longest()
		if q.lengthOf(j.origin)+1 >= len(longest.jobs) {
			return j
		}
		dropped = longest.jobs[len(longest.jobs)-1]
		q.remove(dropped) // It leaves at least one: its line stays.
	}
	l := q.lines[j.origin]
	if l == nil {
		l = &line{}
		q.lines[j.origin] = l
		q.turns = append(q.turns, l)
	}
	l.jobs = append(l.jobs, j)
	q.waiting++
	q.arrived.Signal()
	return dropped
}

// next waits for a job and takes it out; nil means the end.
func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.waiting == 0 && !q.closed {
		q.arrived.Wait()
	}
	if q.closed {
		return nil
	}
	l := q.turns[0]
	j := l.jobs[0]
	if q.remove(j) {
		q.turns = append(q.turns[1:], l)
	}
	return j
}

// leave takes out a job that nobody waits for any longer, if it is still there.
func (q *queue) leave(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(j)
}

// close wakes the threads to their end. It is the last that they hear.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.arrived.Broadcast()
}

// length is how many wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

func (q *queue) lengthOf(origin string) int {
	if l := q.lines[origin]; l != nil {
		return len(l.jobs)
	}
	return 0
}

func (q *queue) longest() *line {
	return slices.MaxFunc(q.turns, func(a, b *line) int { return len(a.jobs) - len(b.jobs) })
}

// remove takes a job out of its line, and the line out of the queue when that
// was the last. It reports whether the line still stands.
func (q *queue) remove(j *job) (stands bool) {
	l := q.lines[j.origin]
	if l == nil {
		return false
	}
	i := slices.Index(l.jobs, j)
	if i < 0 {
		return true
	}
	l.jobs = slices.Delete(l.jobs, i, i+1)
	q.waiting--
	if len(l.jobs) > 0 {
		return true
	}
	delete(q.lines, j.origin)
	q.turns = slices.DeleteFunc(q.turns, func(other *line) bool { return other == l })
	return false
}

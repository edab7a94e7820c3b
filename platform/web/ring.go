package web

// ring is a place in a circle of connections, or the circle's head, whose
// connection is nil. A place costs no allocation when its connection enters or
// leaves, as it does twice a request.
type ring struct {
	next, previous *ring
	of             *connection
}

// empty makes r the head of a circle without places.
func (r *ring) empty() { r.next, r.previous = r, r }

// before enters the circle as its last.
func (r *ring) before(head *ring) {
	r.next, r.previous = head, head.previous
	head.previous.next, head.previous = r, r
}

// remove leaves the circle, if it is in one.
func (r *ring) remove() {
	if r.next == nil {
		return
	}
	r.previous.next, r.next.previous = r.next, r.previous
	r.next, r.previous = nil, nil
}

package limit

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Gate applies the limits to requests.
type Gate struct {
	Limiter *Limiter
	Clock   clock.Clock
}

// Admit is what a web.Mux asks before each route: it counts the request
// against its route's class, by the client's address; paths that nobody mounted
// count as pages. Limits by client or session are counted by the surface that
// knows them, with Spend. Errors: fault.Limited; a plain error for a class that
// does not exist.
func (g *Gate) Admit(r *http.Request, class string) error {
	if class == "" {
		class = string(Page)
	}
	if !g.Limiter.Known(Class(class)) {
		return fmt.Errorf("a route names the rate limit %q, which does not exist", class)
	}
	return g.Limiter.Allow(Address(web.ClientIP(r)), Class(class), g.Clock.Now()).Err()
}

// Spend counts a request of a client, a session or whatever else has that
// name. Errors: fault.Limited.
func (g *Gate) Spend(class Class, name string) error {
	return g.Limiter.Allow(Name(name), class, g.Clock.Now()).Err()
}

// Check asks, before an attempt in that name, whether too many from the
// request's address have failed. Errors: fault.Limited.
func (g *Gate) Check(r *http.Request, class Class, name string) error {
	return g.Limiter.Peek(Pair(web.ClientIP(r), name), class, g.Clock.Now()).Err()
}

// Count counts a failure of an attempt in that name from the request's address,
// and reports whether it used up what was left.
func (g *Gate) Count(r *http.Request, class Class, name string) (last bool) {
	d := g.Limiter.Allow(Pair(web.ClientIP(r), name), class, g.Clock.Now())
	return d.Allowed && d.Remaining == 0
}

// Take spends one in that name from the request's address, if there is one.
func (g *Gate) Take(r *http.Request, class Class, name string) bool {
	return g.Limiter.Allow(Pair(web.ClientIP(r), name), class, g.Clock.Now()).Allowed
}

package limit

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Admit is what a web.Mux asks before each route: it counts the request
// against its route's class, by the client's address; paths that nobody mounted
// count as pages. Limits by client or session are counted by the surface that
// knows them, with Allow. Errors: fault.Limited; a plain error for a class that
// does not exist.
func (l *Limiter) Admit(clk clock.Clock) func(r *http.Request, class string) error {
	return func(r *http.Request, class string) error {
		if class == "" {
			class = string(Page)
		}
		if !l.Known(Class(class)) {
			return fmt.Errorf("a route names the rate limit %q, which does not exist", class)
		}
		return l.Allow(Address(web.ClientIP(r)), Class(class), clk.Now()).Err()
	}
}

package manage

import (
	"net/http"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// methods are those that this API knows.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}

// others are routes for every other address below /api/v2: without them the
// pages' surface would answer, in HTML.
func others(routes []web.Route, class string) (rest []web.Route) {
	known := http.NewServeMux()
	for _, route := range routes {
		known.Handle(route.Pattern, http.NotFoundHandler())
	}
	handle := func(w http.ResponseWriter, r *http.Request) error {
		if allowed := taken(known, r); allowed != nil {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			return fault.Newf(fault.Invalid, "This address does not take %s.", r.Method)
		}
		return fault.New(fault.NotFound, http.StatusText(http.StatusNotFound))
	}
	for _, method := range methods {
		for _, path := range []string{" /api/v2", " /api/v2/{rest...}"} {
			rest = append(rest, web.Route{Pattern: method + path, Permission: public, Limit: class, Handle: handle})
		}
	}
	return rest
}

// taken are the methods that the request's address takes.
func taken(known *http.ServeMux, r *http.Request) (allowed []string) {
	probe := *r
	for _, probe.Method = range append([]string{http.MethodHead}, methods...) {
		if _, pattern := known.Handler(&probe); pattern != "" {
			allowed = append(allowed, probe.Method)
		}
	}
	return allowed
}

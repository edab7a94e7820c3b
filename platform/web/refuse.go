package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// probed are the methods that a refusal looks for on the path.
var probed = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// refuse answers a request that matches no route: 404, or 405 with Allow
// (RFC 9110 §15.5.6) in the format of the surface that owns the path. OPTIONS
// is a CORS preflight or the question which methods there are.
func (m *Mux) refuse(w http.ResponseWriter, r *http.Request) error {
	owners := m.owners(r)
	if len(owners) == 0 {
		return fault.New(fault.NotFound, "")
	}
	e := w.(*response).exchange
	e.route = owners[0]
	w.Header().Set("Allow", allowed(owners))
	if r.Method == http.MethodOptions {
		preflight(w.Header(), r, owners)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	e.response.fixed = http.StatusMethodNotAllowed
	return fault.Newf(fault.Invalid, "This address does not take %s.", methodName(r.Method))
}

// owners are the routes on the request's path, whatever their method.
func (m *Mux) owners(r *http.Request) []*route {
	var found []*route
	probe := *r
	for _, method := range probed {
		probe.Method = method
		_, pattern := m.routes.Handler(&probe)
		if rt := m.mounted[pattern]; rt != nil && rt.method == method {
			found = append(found, rt)
		}
	}
	return found
}

func allowed(owners []*route) string {
	methods := make([]string, 0, len(owners)+2)
	for _, rt := range owners {
		methods = append(methods, rt.method)
		if rt.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return strings.Join(slices.Compact(methods), ", ")
}

// methodName keeps a client's invented method out of logs, metrics and pages.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

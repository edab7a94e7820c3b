package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Handler answers a request or returns an error, which its surface renders.
type Handler func(http.ResponseWriter, *http.Request) error

// Route is one line of a route table.
type Route struct {
	Pattern    string  // "METHOD /path", as http.ServeMux reads it
	Permission string  // what the caller must hold; the surface's guard knows the words
	Limit      string  // the class of rate limit, handed to Options.Admit
	Handle     Handler // the answer
	CORS       *CORS   // who may call it from a page elsewhere; nil takes the surface's
	MaxBody    int64   // bytes; 0 takes Options.MaxBody
	Quiet      bool    // its good answers are logged at debug level: public documents and files, which the metrics count
}

// Surface is a face of the product: routes with one guard and one error format.
type Surface struct {
	Name string
	// Guard wraps next so that only callers who hold permission reach it. A
	// permission it does not know is an error, and the route does not mount.
	Guard func(permission string, next Handler) (Handler, error)
	// Error writes err in the surface's format. It also renders what happens
	// before a tenant is known (an unknown host), so it must do without one.
	Error func(http.ResponseWriter, *http.Request, error)
	// Routes is the table.
	Routes []Route
	// CORS is the default of the routes; nil lets no other origin read.
	CORS *CORS
	// Fallback makes this surface answer for paths that nobody mounted.
	Fallback bool
}

// route is a mounted Route.
type route struct {
	mux     *Mux
	surface *Surface
	path    string // the pattern without its method: the name in logs and metrics
	method  string
	limit   string
	handle  Handler
	cors    *CORS
	maxBody int64
	quiet   bool
	metrics *routeMetrics
}

// Mount adds the surface's routes, all or none. It refuses a route without a
// permission or method, one that the guard does not accept, and a duplicate.
func (m *Mux) Mount(s Surface) error {
	if s.Name == "" || s.Guard == nil || s.Error == nil {
		return errors.New("web: a surface needs a name, a guard and an error format")
	}
	if s.Fallback && m.fallback.surface != nil {
		return fmt.Errorf("web: surfaces %q and %q both want to be the fallback", m.fallback.surface.Name, s.Name)
	}
	mounted := make(map[string]*route, len(s.Routes))
	for _, entry := range s.Routes {
		rt, err := m.route(&s, entry)
		if err == nil && (mounted[entry.Pattern] != nil || m.mounted[entry.Pattern] != nil) {
			err = errors.New("it is mounted twice")
		}
		if err != nil {
			return fmt.Errorf("web: surface %q, route %q: %w", s.Name, entry.Pattern, err)
		}
		mounted[entry.Pattern] = rt
	}
	if err := m.conflicts(mounted); err != nil {
		return fmt.Errorf("web: surface %q: %w", s.Name, err)
	}
	for pattern, rt := range mounted {
		m.routes.Handle(pattern, rt)
		m.mounted[pattern] = rt
	}
	if s.Fallback {
		m.fallback.surface = &s
	}
	return nil
}

// route checks one line of a table and binds it to its surface.
func (m *Mux) route(s *Surface, entry Route) (*route, error) {
	method, path, ok := strings.Cut(entry.Pattern, " ")
	if !ok || !isMethod(method) {
		return nil, errors.New("the pattern names no method")
	}
	if entry.Permission == "" {
		return nil, errors.New("it names no permission")
	}
	if entry.Handle == nil {
		return nil, errors.New("it has no handler")
	}
	handle, err := s.Guard(entry.Permission, entry.Handle)
	if err != nil {
		return nil, fmt.Errorf("permission %q: %w", entry.Permission, err)
	}
	if handle == nil {
		return nil, fmt.Errorf("permission %q: the guard gave no handler", entry.Permission)
	}
	rt := &route{
		mux: m, surface: s, path: strings.TrimSpace(path), method: method, limit: entry.Limit,
		handle: handle, cors: entry.CORS, maxBody: entry.MaxBody, quiet: entry.Quiet,
	}
	if rt.cors == nil {
		rt.cors = s.CORS
	}
	if rt.maxBody == 0 {
		rt.maxBody = m.maxBody
	}
	rt.metrics = m.metrics.route(rt.path)
	return rt, nil
}

// conflicts tries the patterns on a scratch mux, which panics where two of them
// match the same request and neither is more specific.
func (m *Mux) conflicts(added map[string]*route) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	scratch := http.NewServeMux()
	for _, patterns := range []map[string]*route{m.mounted, added} {
		for pattern, rt := range patterns {
			scratch.Handle(pattern, rt)
		}
	}
	return nil
}

func isMethod(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

// ServeHTTP runs the route's chain. The mux calls it; w is always its response.
func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := w.(*response).exchange
	e.request, e.route = r, rt
	if err := rt.serve(e, r); err != nil {
		e.fail(err)
	}
}

func (rt *route) serve(e *exchange, r *http.Request) error {
	if rt.cors != nil {
		rt.cors.answer(e.response.Header(), r)
	}
	if admit := rt.mux.admit; admit != nil {
		if err := admit(r, rt.limit); err != nil {
			return err
		}
	}
	if err := e.boundBody(r, rt.maxBody); err != nil {
		return err
	}
	return rt.handle(&e.response, r)
}

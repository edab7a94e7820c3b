package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// Bounds of a request that no surface can lift.
const (
	maxTarget      = 16 << 10 // bytes of the request target: path and query
	defaultMaxBody = 1 << 20  // bytes
)

// Options are what a Mux needs from its house.
type Options struct {
	Log     *slog.Logger          // nil discards
	Clock   clock.Clock           // required
	Metrics prometheus.Registerer // nil keeps the metrics unseen
	// TrustedProxies are the peers whose X-Forwarded-For and
	// X-Forwarded-Proto are believed.
	TrustedProxies []netip.Prefix
	// Resolve finds what the request's host stands for and returns ctx with
	// it; an unknown host is an error. The context is handed over before the
	// request is copied, so that resolving costs no second copy. nil accepts
	// every host.
	Resolve func(ctx context.Context, r *http.Request) (context.Context, error)
	// Admit decides on the route's class of rate limit; paths that nobody
	// mounted have the class "". nil admits all.
	Admit func(r *http.Request, class string) error
	// MaxBody bounds request bodies, in bytes; 0 is 1 MiB.
	MaxBody int64
}

// Mux routes requests to mounted surfaces and keeps the record of each.
// Surfaces are mounted before it serves.
type Mux struct {
	log      *slog.Logger
	clock    clock.Clock
	proxies  []netip.Prefix
	resolve  func(context.Context, *http.Request) (context.Context, error)
	admit    func(*http.Request, string) error
	maxBody  int64
	metrics  *metrics
	routes   *http.ServeMux
	mounted  map[string]*route // by pattern
	fallback route             // for paths that nobody mounted
}

// NewMux returns a Mux without surfaces.
func NewMux(o Options) *Mux {
	m := &Mux{
		log: o.Log, clock: o.Clock, proxies: o.TrustedProxies, resolve: o.Resolve, admit: o.Admit,
		maxBody: o.MaxBody, metrics: newMetrics(o.Metrics),
		routes: http.NewServeMux(), mounted: make(map[string]*route),
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.maxBody == 0 {
		m.maxBody = defaultMaxBody
	}
	m.fallback = route{mux: m, path: "unmounted", maxBody: m.maxBody, handle: m.refuse, metrics: m.metrics.route("unmounted")}
	m.routes.Handle("/", &m.fallback)
	return m
}

// ServeHTTP answers one request and writes its record.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := m.open(w, r)
	defer e.close()
	ctx, err := m.enter(e, r)
	e.request = r.WithContext(ctx)
	if err != nil {
		e.fail(err)
		return
	}
	m.routes.ServeHTTP(&e.response, e.request)
}

// enter decides whether the request is routed at all, and with which context.
func (m *Mux) enter(e *exchange, r *http.Request) (context.Context, error) {
	status, err := bounds(r)
	if err != nil {
		e.response.fixed = status
		return e, err
	}
	if m.resolve == nil {
		return e, nil
	}
	ctx, err := m.resolve(e, r)
	if err != nil {
		return e, err
	}
	return ctx, nil
}

// bounds refuses request lines that no route wants. ServeMux would redirect an
// unclean path; an identity provider has none, so it is not found.
func bounds(r *http.Request) (status int, err error) {
	switch {
	case len(r.URL.Path)+len(r.URL.RawQuery) > maxTarget:
		return http.StatusRequestURITooLong, fault.New(fault.TooLarge, "The address of the request is too long.")
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return http.StatusMethodNotAllowed, fault.New(fault.Invalid, "This method is not served here.")
	case r.URL.Host != "" && !strings.EqualFold(r.URL.Host, r.Host):
		// net/http takes the authority of an absolute target over the Host field
		// (RFC 9112 §3.2.2), so the two differ only behind a broken front.
		return http.StatusBadRequest, fault.New(fault.Invalid, "The request names two hosts.")
	case unclean(r):
		return http.StatusNotFound, fault.New(fault.NotFound, "")
	}
	return 0, nil
}

func unclean(r *http.Request) bool {
	p := r.URL.Path
	if r.URL.RawPath != "" {
		p = r.URL.EscapedPath()
	}
	if p == "" || p[0] != '/' {
		return p != "*"
	}
	return strings.Contains(p, "//") || strings.Contains(p, "/./") || strings.Contains(p, "/../") ||
		strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")
}

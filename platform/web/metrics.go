package web

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the counters of a Mux.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) *metrics {
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	m := &metrics{}
	m.requests = register(registry, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_http_requests_total", Help: "Requests answered.",
	}, []string{"route", "method", "status"}))
	m.seconds = register(registry, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "gatehouse_http_request_duration_seconds", Help: "Time from the request's header to the end of its answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route"}))
	m.inFlight = register(registry, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gatehouse_http_requests_in_flight", Help: "Requests being answered now.",
	}))
	return m
}

// register adds c, or gives the one that stands there already: two muxes may
// share a registry.
func register[C prometheus.Collector](registry prometheus.Registerer, c C) C {
	if err := registry.Register(c); err != nil {
		var twice prometheus.AlreadyRegisteredError
		if errors.As(err, &twice) {
			if known, ok := twice.ExistingCollector.(C); ok {
				return known
			}
		}
		panic("web: " + err.Error())
	}
	return c
}

// routeMetrics are the resolved children of one route. A route answers with few
// statuses, so its counters are a short list that is scanned, never a map.
type routeMetrics struct {
	all     *metrics
	path    string
	seconds prometheus.Observer
	answers atomic.Pointer[[]answerCounter]
	growing sync.Mutex
}

type answerCounter struct {
	method  string
	status  int
	counter prometheus.Counter
}

func (m *metrics) route(path string) *routeMetrics {
	return &routeMetrics{all: m, path: path, seconds: m.seconds.WithLabelValues(path)}
}

func (r *routeMetrics) observe(method string, status int, elapsed time.Duration) {
	r.counter(method, status).Inc()
	r.seconds.Observe(elapsed.Seconds())
}

func (r *routeMetrics) counter(method string, status int) prometheus.Counter {
	if c := r.find(method, status); c != nil {
		return c
	}
	r.growing.Lock()
	defer r.growing.Unlock()
	if c := r.find(method, status); c != nil {
		return c
	}
	c := r.all.requests.WithLabelValues(r.path, method, strconv.Itoa(status))
	grown := []answerCounter{{method, status, c}}
	if known := r.answers.Load(); known != nil {
		grown = append(grown, *known...)
	}
	r.answers.Store(&grown)
	return c
}

func (r *routeMetrics) find(method string, status int) prometheus.Counter {
	if known := r.answers.Load(); known != nil {
		for i := range *known {
			if a := &(*known)[i]; a.status == status && a.method == method {
				return a.counter
			}
		}
	}
	return nil
}

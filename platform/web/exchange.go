package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// exchange is all that the mux keeps of one request, in one allocation. It is
// the request's context and is not pooled: a goroutine that outlives its request
// must never find another request's record behind the context it kept.
type exchange struct {
	context.Context // the connection's
	mux             *Mux
	route           *route
	request         *http.Request
	start           time.Time
	record          Record
	response        response
	requestID       [1]string // the X-Request-Id header value
}

type recordKey struct{}

// statusClientGone is nginx's word for a client that left before its answer. It
// reaches nobody; it keeps such requests out of the count of our own errors.
const statusClientGone = 499

// Value gives the record to RecordOf and asks the connection for the rest.
func (e *exchange) Value(key any) any {
	if key == (recordKey{}) {
		return &e.record
	}
	return e.Context.Value(key)
}

var (
	nosniff         = []string{"nosniff"}
	strictTransport = []string{"max-age=63072000; includeSubDomains"}
)

// open starts the record and sets the headers of every answer.
func (m *Mux) open(w http.ResponseWriter, r *http.Request) *exchange {
	e := &exchange{Context: r.Context(), mux: m, route: &m.fallback, request: r, start: m.clock.Now()}
	e.response = response{ResponseWriter: w, exchange: e}
	e.record.IP, e.record.Secure = m.origin(r)
	e.record.RequestID = newRequestID()
	e.requestID[0] = e.record.RequestID
	h := w.Header()
	h["X-Request-Id"] = e.requestID[:]
	h["X-Content-Type-Options"] = nosniff
	if e.record.Secure {
		h["Strict-Transport-Security"] = strictTransport // RFC 6797 §7.2: over HTTPS only
	}
	m.metrics.inFlight.Inc()
	return e
}

// close recovers from a handler's panic, then measures and logs the request.
func (e *exchange) close() {
	var abort any
	if p := recover(); p != nil {
		abort = e.panicked(p)
	}
	if e.response.status == 0 {
		e.response.status = http.StatusOK // net/http sends it for a silent handler
	}
	elapsed := e.mux.clock.Now().Sub(e.start)
	e.mux.metrics.inFlight.Dec()
	e.route.metrics.observe(methodName(e.request.Method), e.response.status, elapsed)
	e.log(elapsed)
	if abort != nil {
		panic(abort)
	}
}

// panicked answers for a handler that panicked. What it returns is to be thrown
// again, so that net/http cuts an answer which is already on its way.
func (e *exchange) panicked(p any) any {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return p
	}
	e.mux.log.LogAttrs(e, slog.LevelError, "panic", slog.String("id", e.record.RequestID),
		slog.String("route", e.route.path), slog.String("value", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
	err := fault.Wrap(fault.Internal, "", fmt.Errorf("panic: %v", p))
	if e.response.status != 0 {
		e.record.err = err
		return http.ErrAbortHandler
	}
	e.fail(err)
	return nil
}

// fail lets the surface render err, unless the answer has begun.
func (e *exchange) fail(err error) {
	e.record.err = err
	if e.response.status != 0 {
		return
	}
	if e.Err() != nil && errors.Is(err, context.Canceled) {
		e.response.fixed = statusClientGone
	}
	h := e.response.Header()
	if wait := fault.From(err).RetryAfter; wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	defer func() {
		if p := recover(); p != nil {
			e.mux.log.LogAttrs(e, slog.LevelError, "panic in an error page", slog.String("id", e.record.RequestID),
				slog.String("value", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			plainError(&e.response, err)
		}
	}()
	surface := e.route.surface
	if surface == nil {
		surface = e.mux.fallback.surface
	}
	if surface == nil {
		plainError(&e.response, err)
		return
	}
	surface.Error(&e.response, e.request, err)
}

// plainError is the answer where no surface can give one.
func plainError(w *response, err error) {
	if w.status != 0 {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(fault.KindOf(err).Status())
	_, _ = w.Write([]byte(fault.Public(err) + "\n"))
}

// boundBody refuses a body that announces more than limit bytes and cuts one
// that turns out to have more.
func (e *exchange) boundBody(r *http.Request, limit int64) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if r.ContentLength > limit {
		e.response.Header().Set("Connection", "close")
		return errBody(nil)
	}
	r.Body = http.MaxBytesReader(e.response.ResponseWriter, r.Body, limit)
	return nil
}

func errBody(cause error) error {
	return fault.Wrap(fault.TooLarge, "The body of the request is too large.", cause)
}

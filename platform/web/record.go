package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Record is the wide log record of one request: handlers fill in what they
// learn, and one line is written at the end. It belongs to the goroutine that
// serves the request. It never holds a query string, a body, a cookie or a
// token, nor the raw path, which may hold an identifier of a person.
type Record struct {
	RequestID string     // ours; a client's own is not trusted
	IP        netip.Addr // of the client, as the trusted proxies report it
	Secure    bool       // the client speaks HTTPS to us or to a trusted proxy
	Tenant    string
	Client    string // the application's identifier
	User      string // the person's identifier, never a name or mail address
	Event     string // what happened, as the journal calls it
	more      []slog.Attr
	err       error
}

// RecordOf is the record of the request. Outside a Mux it is one that nobody reads.
func RecordOf(r *http.Request) *Record { return RecordFrom(r.Context()) }

// RecordFrom is RecordOf for code that was handed only the context.
func RecordFrom(ctx context.Context) *Record {
	if record, ok := ctx.Value(recordKey{}).(*Record); ok {
		return record
	}
	return &Record{}
}

// Add puts further attributes on the line.
func (r *Record) Add(attrs ...slog.Attr) { r.more = append(r.more, attrs...) }

// newRequestID is 26 hexadecimal digits. They tell requests apart and guard
// nothing, so the runtime's own random source serves.
func newRequestID() string {
	var raw [13]byte
	binary.BigEndian.PutUint64(raw[:], rand.Uint64())  //nolint:gosec // not a secret
	binary.BigEndian.PutUint64(raw[5:], rand.Uint64()) //nolint:gosec // not a secret
	var text [26]byte
	hex.Encode(text[:], raw[:])
	return string(text[:])
}

var attributes = sync.Pool{New: func() any {
	list := make([]slog.Attr, 0, 24)
	return &list
}}

// log writes the line. Its attributes are one inlined group over a pooled array,
// which costs a record no allocation, and go straight to the handler, as a
// Logger would look up the caller's line. A handler must not keep the values
// after it returns.
func (e *exchange) log(elapsed time.Duration) {
	level := slog.LevelInfo
	switch {
	case e.response.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case e.route.quiet && e.response.status < http.StatusBadRequest:
		level = slog.LevelDebug
	}
	handler := e.mux.log.Handler()
	if !handler.Enabled(e, level) {
		return
	}
	list := attributes.Get().(*[]slog.Attr)
	attrs := append((*list)[:0],
		slog.String("id", e.record.RequestID),
		slog.String("method", methodName(e.request.Method)),
		slog.String("route", e.route.path),
		slog.Int("status", e.response.status),
		slog.Int64("bytes", e.response.bytes),
		slog.Int64("micros", elapsed.Microseconds()),
	)
	attrs = e.record.append(attrs)
	line := slog.NewRecord(e.start.Add(elapsed), level, "request", 0)
	line.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
	_ = handler.Handle(e, line) // there is nobody to tell that the log cannot be written
	clear(attrs)
	*list = attrs
	attributes.Put(list)
}

// mostTold bounds an error in the log, in bytes: some quote what was sent.
const mostTold = 1024

func told(err error) string {
	text := err.Error()
	if len(text) > mostTold {
		text = strings.ToValidUTF8(text[:mostTold], "") + "…"
	}
	return text
}

// append adds what the handlers filled in.
func (r *Record) append(attrs []slog.Attr) []slog.Attr {
	if r.IP.IsValid() {
		attrs = append(attrs, slog.String("ip", r.IP.String()))
	}
	for _, field := range [...]struct{ key, value string }{
		{"tenant", r.Tenant}, {"client", r.Client}, {"user", r.User}, {"event", r.Event},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.key, field.value))
		}
	}
	if r.err != nil {
		attrs = append(attrs, slog.String("fault", fault.KindOf(r.err).String()), slog.String("error", told(r.err)))
	}
	return append(attrs, r.more...)
}

package web

import "net/http"

// response counts what is written and lets the mux fix the status of a refusal
// that no kind of fault has (405, 414), whatever surface renders it.
type response struct {
	http.ResponseWriter
	exchange *exchange
	status   int // 0 until the header is written
	fixed    int // the mux's status for the error being rendered, or 0
	bytes    int64
}

// WriteHeader sends the header once; a second call is the handler's mistake and
// changes nothing.
func (w *response) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status != 0 {
		return
	}
	if w.fixed != 0 {
		status = w.fixed
	}
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write sends body bytes, after the header.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered; see http.Flusher.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is what http.ResponseController prefers over Flush.
func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Package fault is the house's one vocabulary of errors: a kind that decides
// the status, a sentence that may be shown to anyone, and a cause that may not.
// A plain error is always Internal, so nothing leaks by being forgotten.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind says what sort of thing went wrong.
type Kind uint8

// The kinds. The zero value is Internal: what nobody classified is ours.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	TooLarge
	Limited
	Unavailable
)

var kinds = [...]struct {
	name    string
	status  int
	message string
}{
	Internal:        {"internal", http.StatusInternalServerError, "Something went wrong on our side. It has been recorded."},
	Invalid:         {"invalid", http.StatusBadRequest, "The request is not valid."},
	Unauthenticated: {"unauthenticated", http.StatusUnauthorized, "Please sign in."},
	Forbidden:       {"forbidden", http.StatusForbidden, "You may not do this."},
	NotFound:        {"not found", http.StatusNotFound, "There is nothing here."},
	Conflict:        {"conflict", http.StatusConflict, "This conflicts with what is already there."},
	TooLarge:        {"too large", http.StatusRequestEntityTooLarge, "The request is too large."},
	Limited:         {"limited", http.StatusTooManyRequests, "Too many requests. Please wait a moment."},
	Unavailable:     {"unavailable", http.StatusServiceUnavailable, "The service is busy. Please try again in a moment."},
}

// String is the kind's name, for logs.
func (k Kind) String() string { return kinds[k].name }

// Status is the HTTP status (RFC 9110 §15) of the kind.
func (k Kind) Status() int { return kinds[k].status }

// Error is an error with a kind and a public sentence.
type Error struct {
	Kind       Kind
	Code       string        // a machine word where a surface defines one, else ""
	Message    string        // a sentence that may be shown to anyone
	RetryAfter time.Duration // when trying again makes sense; 0 says nothing
	Cause      error         // for the log, never for the caller
}

// New makes an error of kind k that says message to the caller.
func New(k Kind, message string) *Error { return &Error{Kind: k, Message: message} }

// Newf is New with a format. Its arguments are shown to the caller.
func Newf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrap is New with the cause that goes to the log.
func Wrap(k Kind, message string, cause error) *Error {
	return &Error{Kind: k, Message: message, Cause: cause}
}

// WithCode returns a copy of e that carries a surface's machine word.
func (e *Error) WithCode(code string) *Error {
	c := *e
	c.Code = code
	return &c
}

// After returns a copy of e that asks the caller to wait for d.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Error is the whole story, for the log.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// From finds the Error in err's chain. A plain error becomes Internal with err
// as its cause; nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Message: kinds[Internal].message, Cause: err}
}

// KindOf is the kind of err; Internal for a plain error.
func KindOf(err error) Kind { return From(err).Kind }

// Is reports whether err is an Error of kind k. A nil error is of no kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Public is the sentence of err that may be shown to anyone.
func Public(err error) string {
	e := From(err)
	if e.Kind == Internal || e.Message == "" {
		return kinds[e.Kind].message
	}
	return e.Message
}

package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// The error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 8707 §2 and
// OpenID Connect Core §3.1.2.6.
const (
	InvalidRequest          = "invalid_request"
	InvalidClient           = "invalid_client"
	InvalidGrant            = "invalid_grant"
	InvalidScope            = "invalid_scope"
	InvalidTarget           = "invalid_target"
	InvalidToken            = "invalid_token"
	UnauthorizedClient      = "unauthorized_client"
	UnsupportedGrantType    = "unsupported_grant_type"
	UnsupportedResponseType = "unsupported_response_type"
	AccessDenied            = "access_denied"
	LoginRequired           = "login_required"
	ConsentRequired         = "consent_required"
	RequestNotSupported     = "request_not_supported"
	RequestURINotSupported  = "request_uri_not_supported"
	RegistrationNotSupport  = "registration_not_supported"
	ServerError             = "server_error"
	TemporarilyUnavailable  = "temporarily_unavailable"
)

// Error is an error in the words of the protocol.
type Error struct {
	Code        string
	Description string // for the application's developer
	Status      int    // of a direct answer
	Challenge   string // WWW-Authenticate, where the status is 401
	Cause       error  // for the log
	retryAfter  string
}

// Error is the whole story, for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Description, e.Cause)
	}
	return e.Code + ": " + e.Description
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func refuse(code, description string) *Error {
	return &Error{Code: code, Description: description, Status: http.StatusBadRequest}
}

func refusef(code, format string, args ...any) *Error {
	return refuse(code, fmt.Sprintf(format, args...))
}

// protocolError is the bridge between the house's vocabulary and the
// protocol's.
func protocolError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	f := fault.From(err)
	e = &Error{Description: fault.Public(err), Status: f.Kind.Status(), Cause: err}
	switch f.Kind {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Conflict:
		e.Code = InvalidRequest
	case fault.Unauthenticated:
		e.Code = InvalidToken
	case fault.Forbidden:
		e.Code = AccessDenied
	case fault.Limited, fault.Unavailable:
		e.Code = TemporarilyUnavailable
	case fault.Internal:
		e.Code = ServerError
	}
	if errors.Is(err, web.ErrMediaType) {
		e.Status = http.StatusUnsupportedMediaType
	}
	if f.RetryAfter > 0 {
		e.retryAfter = strconv.Itoa(max(1, int(f.RetryAfter.Seconds())))
	}
	return e
}

// WriteError answers with the JSON error of RFC 6749 §5.2. It is the one
// function that turns an error into the bytes of the OAuth surface.
func WriteError(w http.ResponseWriter, _ *http.Request, err error) {
	e := protocolError(err)
	noStore(w)
	if e.Challenge != "" {
		w.Header().Set("WWW-Authenticate", e.Challenge)
	}
	if e.retryAfter != "" {
		w.Header().Set("Retry-After", e.retryAfter)
	}
	_ = web.Write(w, e.Status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, quoted(e.Description)}) // The connection is gone if this fails: nothing is left to tell.
}

var noStoreValue, noCacheValue = []string{"no-store"}, []string{"no-cache"}

// noStore is RFC 6749 §5.1: nothing of an answer is kept on the way.
func noStore(w http.ResponseWriter) {
	h := w.Header()
	h["Cache-Control"], h["Pragma"] = noStoreValue, noCacheValue
}

// quoted keeps error_description within the characters of RFC 6749 §5.2.
func quoted(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			b[i] = '\''
		}
	}
	return string(b)
}

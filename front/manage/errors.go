package manage

import (
	"net/http"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// The codes that Auth0's clients look at.
const (
	codeToken = "invalid_token"
	codeScope = "insufficient_scope"
	codeQuery = "invalid_query_string"
	codePath  = "invalid_uri"
)

// problem is the body of every error.
type problem struct {
	StatusCode int    `json:"statusCode"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	ErrorCode  string `json:"errorCode,omitempty"`
}

// Error writes err in the Management API's form. It needs no tenant.
func (s *Service) Error(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	s.tell(w, r)
	status := f.Kind.Status()
	switch f.Kind {
	case fault.Unauthenticated: // RFC 6750 §3
		challenge := `Bearer realm="Management API"`
		if f.Code == codeToken {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
	case fault.Forbidden:
		w.Header().Set("WWW-Authenticate", `Bearer realm="Management API", error="insufficient_scope"`)
	case fault.Internal, fault.Invalid, fault.NotFound, fault.Conflict, fault.TooLarge, fault.Limited, fault.Unavailable:
	}
	if w.Header().Get("Allow") != "" { // The path is ours, the method is not (RFC 9110 §15.5.6).
		status = http.StatusMethodNotAllowed
	}
	if writing := web.Write(w, status, problem{status, http.StatusText(status), fault.Public(err), f.Code}); writing != nil {
		s.Log.Debug("write an error", "error", writing)
	}
}

// badQuery refuses a query parameter in the words that Auth0 uses.
func badQuery(says string) error {
	return fault.New(fault.Invalid, "Query validation error: "+says).WithCode(codeQuery)
}

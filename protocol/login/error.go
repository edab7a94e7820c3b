package login

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
	"github.com/gatehouse/gatehouse/ui"
)

// PageError is the cause of a fault that has an error page of its own.
type PageError struct {
	Kind pages.ErrorKind
	Code string // for the application's developer, such as "invalid_request"; may be ""
}

// Error names the page, for the log.
func (e *PageError) Error() string { return "page " + string(e.Kind) + " " + e.Code }

// mostShown bounds how much of an address is told, in bytes.
const mostShown = 200

// Shown is an address as an error may tell it, on a page and in the log: without
// the query and fragment, which may hold anything.
func Shown(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	if len(address) > mostShown {
		address = strings.ToValidUTF8(address[:mostShown], "") + "…"
	}
	return address
}

// Page is an error that is shown as our own page, where redirecting would be
// wrong (RFC 6749 §4.1.2.1). description is for the application's developer.
func Page(kind pages.ErrorKind, code, description string) error {
	return fault.Wrap(faultOf(kind), description, &PageError{kind, code})
}

func faultOf(kind pages.ErrorKind) fault.Kind {
	switch kind {
	case pages.Forged:
		return fault.Forbidden
	case pages.NotFound:
		return fault.NotFound
	case pages.Limited:
		return fault.Limited
	case pages.Unavailable:
		return fault.Unavailable
	case pages.Failed:
		return fault.Internal
	default: // The others are mistakes in what was sent.
		return fault.Invalid
	}
}

func expired() error {
	return Page(pages.SessionExpired, "", "The sign-in has expired, was finished already, or was begun in another browser.")
}

// kindOf chooses the page of a fault that has none of its own.
func kindOf(err error) pages.ErrorKind {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return pages.NotFound
	case fault.Forbidden:
		return pages.Forged
	case fault.Limited:
		return pages.Limited
	case fault.Unavailable:
		return pages.Unavailable
	case fault.Internal:
		return pages.Failed
	default:
		return pages.InvalidRequest
	}
}

// Error writes the error page. It serves every surface whose answers are pages,
// and needs no tenant.
func (s *Service) Error(w http.ResponseWriter, r *http.Request, err error) {
	view := pages.Error{Kind: kindOf(err), Reference: web.RecordOf(r).RequestID}
	if t := tenant.From(r.Context()); t != nil {
		view.Tenant = t.Name
	}
	status := fault.KindOf(err).Status()
	if view.Kind != pages.Failed {
		view.Description = fault.Public(err)
	}
	var page *PageError
	if errors.As(err, &page) {
		view.Kind, view.Code = page.Kind, page.Code
	}
	ui.SecurityHeaders(w, ui.Headers{})
	if err := pages.RenderError(w, status, view); err != nil {
		http.Error(w, fault.Public(err), http.StatusInternalServerError)
	}
}

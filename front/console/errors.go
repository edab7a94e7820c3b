package console

import (
	"net/http"

	"github.com/gatehouse/gatehouse/front/console/pages"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/ui"
)

// errorKinds says which words each kind of fault gets.
var errorKinds = map[fault.Kind]pages.ErrorKind{
	fault.Internal: pages.OurFailure, fault.Invalid: pages.NotAccepted, fault.Unauthenticated: pages.NotSignedIn,
	fault.Forbidden: pages.NotAllowed, fault.NotFound: pages.NotFound, fault.Conflict: pages.NotAccepted,
	fault.TooLarge: pages.NotAccepted, fault.Limited: pages.NotNow, fault.Unavailable: pages.NotNow,
}

// The codes of faults that have words of their own.
const (
	codeLink   = "link_invalid"
	codeSignIn = "sign_in_failed"
)

// Error writes err as a page. It needs no tenant.
func (s *Service) Error(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	v := pages.Error{Kind: errorKinds[f.Kind], Code: f.Code, Reference: web.RecordOf(r).RequestID, RetryURL: journalPath}
	switch {
	case f.Code == codeLink:
		v.Kind, v.RetryURL = pages.LinkInvalid, ""
	case f.Code == codeSignIn:
		v.Kind, v.Why, v.RetryURL = pages.SignInEnded, f.Message, signInPath
	case f.Kind == fault.Unauthenticated:
		v.RetryURL = signInPath
	case f.Kind != fault.Internal && f.Kind != fault.NotFound:
		v.Why = fault.Public(err)
	}
	ui.SecurityHeaders(w, ui.Headers{})
	if rendering := pages.RenderError(w, f.Kind.Status(), v); rendering != nil {
		s.Log.Error("render an error page", "error", rendering)
	}
}

// notStaff is for who signed in rightly and holds no role.
func (s *Service) notStaff(w http.ResponseWriter, who *person) error {
	ui.SecurityHeaders(w, ui.Headers{})
	return pages.RenderNotStaff(w, http.StatusForbidden, pages.NotStaff{Email: who.User.Email, SignOutURL: signOutPath})
}

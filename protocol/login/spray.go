package login

import (
	"context"
	"net/http"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// place is what the visitor's address is counted by.
func place(r *http.Request) string { return limit.Block(web.ClientIP(r)).String() }

// fromPlace is the request's context for the password threads, which serve in
// turn by place.
func fromPlace(r *http.Request) context.Context {
	return credential.WithOrigin(r.Context(), place(r))
}

// failedFrom counts a failed sign-in of the visitor's address, to whatever
// account: one password tried on many accounts is seen by no account's own
// count. It reports whether the address is held back from now on and that has
// not been told of late.
//
// A success gives nothing back, or whoever has one account could go on for ever.
// Those of one address that are under way at the same time may exceed the limit
// by as many.
func (s *Service) failedFrom(r *http.Request, v *visit) bool {
	return s.Limits.Count(r, limit.LoginFailure, v.tenant.ID) && s.Limits.Take(r, limit.LoginFailureNotice, v.tenant.ID)
}

// addressBlocked tells of the address, not of whomever it tried last.
func addressBlocked(r *http.Request, v *visit) journal.Event {
	return v.event(AddressBlocked, journal.Ref{Type: "address", Name: place(r)}, "Too many failed sign-ins, to different users, came from one address.")
}

package web

import (
	"net/http"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// crossOrigin has no trusted origins: a form of ours posts to its own host only.
var crossOrigin = http.NewCrossOriginProtection()

// SameOrigin refuses a state-changing request that a page of another origin made
// the browser send, by Sec-Fetch-Site or else by Origin against Host. A request
// with neither comes from no browser of today and carries no ambient authority
// that a page could abuse.
func SameOrigin(r *http.Request) error {
	if err := crossOrigin.Check(r); err != nil {
		return fault.Wrap(fault.Forbidden, "This form was sent from another site.", err)
	}
	return nil
}

package login

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/platform/web"
)

// What a route of pages asks of its caller.
const (
	public = "public" // nothing
	form   = "form"   // to be one of our own pages
)

// mostForm bounds a form, in bytes.
const mostForm = 16 << 10

// Routes are the pages of a journey.
func (s *Service) Routes() web.Surface {
	return web.Surface{
		Name: "login", Guard: Guard, Error: s.Error,
		Routes: []web.Route{
			{Pattern: "GET /u/login", Permission: public, Limit: "page", Handle: s.visited(s.showLogin)},
			{Pattern: "POST /u/login", Permission: form, Limit: "login", Handle: s.visited(s.postLogin), MaxBody: mostForm},
			{Pattern: "GET /u/signup", Permission: public, Limit: "page", Handle: s.visited(s.showSignUp)},
			{Pattern: "POST /u/signup", Permission: form, Limit: "signup", Handle: s.visited(s.postSignUp), MaxBody: mostForm},
			{Pattern: "GET /u/consent", Permission: public, Limit: "page", Handle: s.visited(s.showConsent)},
			{Pattern: "POST /u/consent", Permission: form, Limit: "page", Handle: s.visited(s.postConsent), MaxBody: mostForm},
		},
	}
}

// Guard is that of every surface of pages: "public", or "form" for what only
// our own pages may send.
func Guard(permission string, next web.Handler) (web.Handler, error) {
	switch permission {
	case public:
		return next, nil
	case form:
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := web.SameOrigin(r); err != nil {
				return err
			}
			return next(w, r)
		}, nil
	}
	return nil, fmt.Errorf("pages know no permission %q", permission)
}

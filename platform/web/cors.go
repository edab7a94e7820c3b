package web

import "net/http"

// CORS says which pages elsewhere may read a route's answers (the Fetch
// standard, "CORS protocol").
type CORS struct {
	// Origin decides on one origin; nil lets any page read, without credentials.
	Origin func(r *http.Request, origin string) bool
	// Credentials lets the browser send cookies. It needs Origin.
	Credentials bool
}

// AnyOrigin is for answers that hold no ambient authority: discovery, keys, and
// endpoints whose caller presents a token or a code.
var AnyOrigin = &CORS{}

const (
	corsRequestHeaders  = "Authorization, Content-Type, Accept, Accept-Language, DPoP, Auth0-Client, X-Requested-With"
	corsResponseHeaders = "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
	corsMaxAge          = "7200" // seconds; no browser keeps a preflight longer
)

// Header values that never change are shared, so that setting one allocates
// nothing. Header.Set and Add replace or copy such a slice, they never write to it.
var (
	anyOrigin    = []string{"*"}
	trueValue    = []string{"true"}
	exposeHeader = []string{corsResponseHeaders}
)

// answer sets the headers of an actual request, also when it ends in an error:
// a script must be able to read why.
func (c *CORS) answer(h http.Header, r *http.Request) {
	// What else a script may read is of use to scripts alone.
	if c.permit(h, r) && r.Header["Origin"] != nil {
		h["Access-Control-Expose-Headers"] = exposeHeader
	}
}

func (c *CORS) permit(h http.Header, r *http.Request) bool {
	if c.Origin == nil {
		h["Access-Control-Allow-Origin"] = anyOrigin
		return true
	}
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" || !c.Origin(r, origin) {
		return false
	}
	h["Access-Control-Allow-Origin"] = []string{origin}
	if c.Credentials {
		h["Access-Control-Allow-Credentials"] = trueValue
	}
	return true
}

// preflight answers for the one route whose method the browser asks about.
func preflight(h http.Header, r *http.Request, owners []*route) {
	asked := r.Header.Get("Access-Control-Request-Method")
	if asked == "" || r.Header.Get("Origin") == "" {
		return
	}
	for _, rt := range owners {
		served := rt.method == asked || rt.method == http.MethodGet && asked == http.MethodHead
		if served && rt.cors != nil && rt.cors.permit(h, r) {
			h.Set("Access-Control-Allow-Methods", asked)
			h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
			h.Set("Access-Control-Max-Age", corsMaxAge)
		}
	}
}

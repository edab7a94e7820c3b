// Package web owns how bytes arrive and leave: listeners and their TLS, limits
// of size, time and number, the table of routes, and one log record a request.
//
// A face of the product is a [Surface]: routes that share a guard, an error
// format and bounds. A [Mux] mounts surfaces and refuses a route that names no
// permission. What a request brought is read by [Params] and [Read], which
// refuse anything that two readers could understand in two ways.
//
// A request passes, in this order: bounds on its line, the client's address,
// [Options.Resolve] (which tenant is asked), the route, CORS, [Options.Admit]
// (rate limits), the bound on its body, the surface's guard, the handler.
package web

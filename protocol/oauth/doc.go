// Package oauth owns the authorization server: /authorize, the token endpoint,
// revocation and introspection.
//
// It is laid out so that completeness is seen. The checks of /authorize are the
// table in authorize_checks.go, in their order, each a small named step. The
// grants are the table in token.go, each one file behind one template that owns
// what they share: parameters, client authentication, rate limits, freshness.
//
// Promises: a code is good once, and its replay ends what it gave; a rotated
// refresh token that comes back ends its family; no answer leaves before its
// change and its journal event are durable; an error goes to a redirect URI
// only after that URI was found registered.
package oauth

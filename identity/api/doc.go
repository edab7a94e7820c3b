// Package api owns resource servers: the audiences that access tokens are for,
// their scopes, and which application was granted which of them.
package api

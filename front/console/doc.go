// Package console owns what the operator's staff do in the browser: set-up by
// the one-time link, signing in, the journal and the checks.
//
// It is an OIDC client of this very server, at the operator tenant, and trusts
// nothing but the ID token it gets there.
//
// Promises:
//   - The console is served at the operator tenant's host and nowhere else.
//   - A session lasts 12 hours at most and one hour unused, and ends with the
//     sign-in it came from. What its person may do is looked up on every
//     request.
//   - Every look at the journal is itself journalled before anything is shown.
package console

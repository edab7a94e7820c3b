// Package session owns sign-ins, that a browser belongs to a user, since when
// and until when; and refresh-token families, what a user has let an
// application do and the tokens that descend from it.
//
// Promises:
//   - The browser holds 32 random bytes; the database only their SHA-256.
//   - A session ends when it was idle for too long, when it has become too old,
//     when it is ended, and when its user is blocked or deleted.
//   - Every sign-in gives the browser a new token, so that one which was known
//     before is worth nothing after (session fixation).
package session

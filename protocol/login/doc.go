// Package login owns the journey of one authorization request through the
// pages: signing in, signing up, consent, and the sign-in that the browser
// keeps. It knows nothing of OAuth: what is asked for is handed over sealed and
// handed back unread.
//
// Promises:
//   - A journey lives for an hour, belongs to the browser it began in, and is
//     finished once. A link into somebody else's journey leads nowhere, so
//     nobody can be signed in as an attacker (RFC 9700 §4.7).
//   - Every sign-in gives the browser a new session token.
//   - A wrong password and an unknown address look the same and cost the same.
//     That an account is blocked is told only after its right password.
//   - An address whose sign-ins have failed 300 times may fail a hundred
//     times an hour from then on, whatever accounts it names: its attempts beyond
//     that are not tried.
//   - Every attempt is in the journal, in the transaction of what it changed.
package login

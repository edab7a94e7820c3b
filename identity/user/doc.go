// Package user owns people: the user, the accounts that are linked to it, the
// address that it signs in with, and what of it applications may learn.
//
// Promises:
//   - An id never changes: it is the provider and the id of the first account.
//   - Two spellings of one address are one account; two addresses that look
//     alike are never mistaken for each other, because the second is refused.
//   - A blocked or deleted user loses every session and grant in the same
//     transaction.
package user

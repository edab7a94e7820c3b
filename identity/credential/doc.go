// Package credential owns passwords: the policy that a new one must meet, how
// it is hashed, and where the hash is kept.
//
// Promises:
//   - A password is stored as a bcrypt hash with its own cost, never below 10,
//     which is tuned to about 100 ms at the first start and raised at sign-in
//     when it has become old.
//   - A password over 72 bytes is refused, never cut: bcrypt would ignore the
//     rest.
//   - An account that does not exist costs one hash, like one that does.
//   - Hashing runs on a few threads of low priority behind a bounded queue, so
//     a storm of sign-ins cannot starve other requests.
//   - Those that wait are served in turn by where they come from, so a storm
//     from one address cannot starve the sign-ins of others.
package credential

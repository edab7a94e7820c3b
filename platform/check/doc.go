// Package check owns what a probe is, when it runs, and what it found: the
// results, with the population they speak of and the failures in it.
//
// Promises:
//   - A probe that did not finish, or whose result is too old, never counts as
//     kept: it is unverified.
//   - A result is stored with the hash of the definition it was found by, so
//     that a changed definition shows.
//   - Results are kept for 90 days.
package check

// Package tenant owns the isolated identity services of an installation: each
// has its own issuer, found by host, its own users, applications and keys.
//
// It also owns freshness. A tenant has a generation that grows with every
// change of its configuration; what is derived from the configuration is kept
// in a [Cache] under the generation it was read in, so a change is seen by
// everything at once.
package tenant

// Package manage owns the Management API, /api/v2, on the wire as Auth0's: its
// route table with scopes, its errors, its forms of paging.
//
// Its first floor is the tenant's log. A log event is made from a journal event
// whose kind has a log type code, and agrees with the published JSON schema of
// that code; kinds without a code never appear.
package manage

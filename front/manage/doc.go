// Package manage owns the Management API, /api/v2, on the wire as Auth0's: its
// route table with scopes, its errors, its forms of paging. Every address below
// /api/v2 is its own to answer.
//
// Its first floor is the tenant's log. A log event is made from a journal event
// whose kind has a log type code, and agrees with the published JSON schema of
// that code; kinds without a code never appear.
//
// What a list costs is bounded, by the journal's own bounds and these:
//   - The offset form reaches 1,000 events, and total counts no further. Events
//     are counted, and passed by, unopened.
//   - A search by user_id, client_id or connection looks at the 5,000 events
//     that the order puts first. When that cuts it short, the answer is what was
//     found, and the Link header names the checkpoint form (rel="alternate"),
//     which has no search and leaves nothing out.
//   - A page of the checkpoint form ends early when its bytes are many; the Link
//     header (rel="next") goes on. A page of the offset form is refused instead.
//   - A client has at most four lists at work at once.
package manage

// Package journal owns the audit trail of record: one event for every act,
// success or failure, written in the transaction of the change it tells of.
//
// Promises:
//   - An event is there exactly when its change is there.
//   - One sealer gives each event a dense position and appends its commitment
//     to one transparency log (golang.org/x/mod/sumdb/tlog, RFC 6962 hashes)
//     with signed checkpoints, within about a second.
//   - Verify finds any edit, gap, reordering or truncation that is later than a
//     checkpoint somebody holds.
//   - The payload is sealed with a key of its subject, so erasing a person
//     destroys what was said of them and leaves only commitments.
//   - Listeners hear sealed events in order, at least once; one that does not
//     open is logged and passed by.
//   - What one reader costs is bounded: a List opens at most 5,000 events or
//     16 MiB of payload, and its page ends after 4 MiB; a search for kinds goes
//     past 60,000 of a tenant's events at most, unopened. A page that a bound
//     ended tells where to go on.
package journal

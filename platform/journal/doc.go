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
//   - Listeners hear sealed events in order, at least once.
package journal

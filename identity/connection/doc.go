// Package connection owns the places that users come from. A tenant starts
// with one: the database connection, in which Gatehouse itself keeps the
// accounts and their passwords.
//
// Promises:
//   - An address is unique within a connection, not within a tenant.
//   - A setting that would be stored and not obeyed is refused.
package connection

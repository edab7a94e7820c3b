// Package house starts the whole product for a test: the real app behind a
// real listener and its own CA, on SQLite or PostgreSQL, with a clock that only
// the test moves, and small browsers and applications that use it.
package house

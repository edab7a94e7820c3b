// Package db owns the database: opening it, transactions, and the portable
// subset of SQL in which one text serves SQLite and PostgreSQL.
//
// Promises:
//   - Write returns nil only after the commit is durable against power loss.
//   - On SQLite, closures that wait at the same moment share one commit; on
//     PostgreSQL each runs SERIALIZABLE and is retried on a conflict.
//   - A closure may therefore run again: it never hashes, signs or calls out,
//     and its effects outside the database wait for [Tx.AfterCommit].
//   - A transaction carries one Now.
package db

// Package keyring owns the key hierarchy and the sealing of values at rest:
// root → tenant key → namespace key → data key. The root lies in a file or a
// key service; every other key lies in the table keys, wrapped by its parent.
//
// Promises:
//   - A value is AES-256-GCM with its tenant, namespace, subject, table, column
//     and row as additional data: moved anywhere else, it does not open.
//   - A key is cached only once the transaction that made it is durable.
//   - Nothing calls out inside a transaction: a root that is not on this
//     machine is asked by [Keyring.Provision] and [Keyring.Warm] only.
//   - A destroyed key opens nothing any more ([ErrDestroyed]), in this process
//     from the commit on, in others within a second ([Keyring.Follow]).
package keyring

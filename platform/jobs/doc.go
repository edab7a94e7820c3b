// Package jobs owns work that nobody waits for: periodic jobs, duties that one
// process at a time performs, and queues of tasks. What is due, who does it and
// how it went lies in the database.
//
// Promises:
//   - A job runs in one process at a time, under a lease with the database's
//     time. The lease's fence grows with every holder; who has lost it has its
//     context cancelled and is refused by [Guard].
//   - A run that was missed, however often, is made up for once.
//   - A task is enqueued in the transaction of its cause and runs at least
//     once. It is tried again with growing pauses, and after the last attempt
//     stays visible as failed.
//   - A panic in a job is that job's error, and nobody else's.
package jobs

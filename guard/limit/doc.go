// Package limit owns how often something may be asked: a table of named
// classes, and the buckets that are spent from.
//
// Promises:
//   - A decision costs a fraction of a microsecond and no allocation.
//   - Memory is bounded: a flood of addresses pushes out the buckets that say
//     least, never the one of somebody who has used theirs up.
//   - What has been spent survives a restart.
//
// The counters belong to a process: behind a balancer each process grants the
// whole limit.
package limit

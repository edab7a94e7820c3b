// Package power shows that no answer leaves the server before its commit is
// synced to the disk, by watching the server's system calls. What a power
// failure may take away is then only what nobody was told.
//
// Its test has the build tag strace.
package power

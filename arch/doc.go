// Package arch owns the law of the house: which packages exist, which district
// may import which, and how large a file or a function may grow. Its tests read
// the files of the repository themselves and report every breach with file and
// line, so the table in table.go is never only a drawing.
//
// To add a package, give it a row in [Table] and a package comment; then
//
//	go test ./arch -update
//
// rewrites what is derived from both: docs/map.md and the district rules of
// .golangci.yml.
package arch

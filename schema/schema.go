// Package schema owns every table: the numbered migrations, and the catalogue
// that says of each table whose it is, how sensitive it is, how it is exported
// and how it is erased. It imports nothing of the house.
package schema

import "embed"

// Files are the migrations, additive first: version N and N−1 of the program
// run side by side on one schema.
//
//go:embed [0-9]*.sql
var Files embed.FS

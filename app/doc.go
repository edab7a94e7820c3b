// Package app is the composition root: it reads the one Config and builds the
// house from the bottom up. Only app knows every district.
package app

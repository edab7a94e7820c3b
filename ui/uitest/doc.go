// Package uitest owns the rules that every page must keep, as checks for tests: safe under our content security policy,
// usable with a screen reader, and deaf to hostile text.
package uitest

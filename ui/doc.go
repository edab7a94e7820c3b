// Package ui owns the design system: the tokens, the components, the icons and the two page shells that every page of
// Gatehouse is built from, the files that browsers load with them, and the headers that keep a page safe.
//
// A page is a typed struct and a template that fills one of the shells. Nothing here knows what a user or an event is,
// and no word that a person reads is written here: words belong to the package that owns the page.
package ui

// Package pages owns what staff see in the console: the view of each page, its template and its words.
//
// A view is a plain struct: the handler fills it and calls its Render function; it need not read a template. Lists and
// filters are links and GET forms, so that every state of a page has an address; what changes something is a POST with
// the Hidden fields of its view. The console works without scripts; with them it is live and has keys.
//
// The caller sets the headers of ui.SecurityHeaders first.
package pages

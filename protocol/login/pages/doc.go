// Package pages owns what a person sees while an application signs them in or out: the view of each page, its template
// and its words.
//
// A view is a plain struct: the handler fills it and calls its Render function; it need not read a template. Every form
// posts to the Action of its view with the Hidden fields of its view, works without scripts, and keeps what was typed,
// except passwords. Element ids and input names are stable: tests and password managers rely on them.
//
// The caller sets the headers of ui.SecurityHeaders first.
package pages

package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
)

//go:embed templates
var templateFiles embed.FS

var components = template.Must(template.New("ui").Funcs(template.FuncMap{
	"asset": Asset,
	"icon":  icon,
}).ParseFS(templateFiles, "templates/*.html"))

// Page parses one page: a file that defines "main", the content of the shell named ("signin" or "console").
// With extra files, their definitions can be used by the page too. It panics on a mistake in a
// template, so pages are parsed in package variables.
func Page(files fs.FS, shell, name string, extra ...string) *template.Template {
	t := template.Must(components.Clone())
	template.Must(t.ParseFS(files, append([]string{name}, extra...)...))
	return t.Lookup(shell)
}

// Render writes a whole page or nothing: when the template fails, w is untouched and the error is returned, so that the
// caller can still answer with its error page.
func Render(w http.ResponseWriter, status int, page *template.Template, data any) error {
	var body bytes.Buffer
	if err := page.Execute(&body, data); err != nil {
		return fmt.Errorf("render %s: %w", page.Name(), err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

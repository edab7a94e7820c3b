package pages

import (
	"embed"
	"fmt"
	"html/template"

	"github.com/gatehouse/gatehouse/ui"
)

//go:embed templates
var files embed.FS

// Page is what every page of the journey shows of the one who asks.
type Page struct {
	Language    string // BCP 47 tag; empty or unknown means English
	Application string // name of the application; empty when it is not known
	LogoURL     string // the application's logo, https: only; anything else shows its first letter
	Tenant      string // name of the tenant, for people: "Acme"
}

// visitor is the name of whose door this is.
func (p Page) visitor() string {
	if p.Application != "" {
		return p.Application
	}
	return p.Tenant
}

// view is what a template gets: the shell, the words and the view itself.
type view[V any] struct {
	Shell ui.SignIn
	Words words
	View  V
}

// shell fills the shell around a page titled so. A page that shows a problem says so first in its
// title, which is what a screen reader reads first.
func (p Page) shell(w words, title string, problem bool) ui.SignIn {
	if problem {
		title = fmt.Sprintf(w.TitleProblem, title)
	}
	if p.visitor() != "" {
		title = fmt.Sprintf(w.Title, title, p.visitor())
	}
	shell := ui.SignIn{Language: w.Language, Title: title, Name: p.visitor(), LogoURL: p.LogoURL}
	if p.Tenant != "" {
		shell.Footer = fmt.Sprintf(w.Footer, p.Tenant)
	}
	return shell
}

func parse(name string) *template.Template {
	return ui.Page(files, "signin", "templates/"+name)
}

package pages

import (
	"embed"
	"fmt"
	"html/template"
	"time"

	"github.com/gatehouse/gatehouse/ui"
)

//go:embed templates
var files embed.FS

// Page is what every page for signed-in staff shows around its content.
type Page struct {
	Language   string // BCP 47 tag; empty or unknown means English
	Tenant     string // name of the tenant looked at: where am I
	Name       string // of the signed-in person; empty shows the address
	Email      string
	JournalURL string
	ChecksURL  string
	SignOutURL string      // takes a POST
	Hidden     []ui.Hidden // of the sign-out form: the token against forged posts
	Now        time.Time   // what "2 minutes ago" is counted from
}

// place is one entry of the rail.
type place int

const (
	inJournal place = iota
	inChecks
)

// view is what a template gets: the shell, the words and the view itself.
type view[S, V any] struct {
	Shell S
	Words words
	View  V
}

// shell fills the shell around a page at the place given. The crumbs lead to the page, whose own URL is empty.
func (p Page) shell(w words, at place, title string, crumbs ...ui.Link) ui.Console {
	person := p.Name
	if person == "" {
		person = p.Email
	}
	return ui.Console{
		Language: w.Language, Title: fmt.Sprintf(w.Title, title, p.Tenant), Product: w.Product, HomeURL: p.JournalURL,
		Navigation: []ui.NavigationItem{
			{Link: ui.Link{Text: w.Journal, URL: p.JournalURL}, Icon: "journal", Current: at == inJournal},
			{Link: ui.Link{Text: w.Checks, URL: p.ChecksURL}, Icon: "checks", Current: at == inChecks},
		},
		Crumbs: append([]ui.Link{{Text: p.Tenant, URL: p.JournalURL}}, crumbs...),
		Person: person, PersonTitle: p.Email, SignOutURL: p.SignOutURL, Hidden: p.Hidden,
		Words: w.Shell, Keys: w.Keys,
	}
}

func parseConsole(name string, extra ...string) *template.Template {
	for i := range extra {
		extra[i] = "templates/" + extra[i]
	}
	return ui.Page(files, "console", "templates/"+name, extra...)
}

func parseDoor(name string) *template.Template {
	return ui.Page(files, "signin", "templates/"+name)
}

// door is the shell of pages for who is not, or not yet, inside.
func door(w words, title string) ui.SignIn {
	return ui.SignIn{Language: w.Language, Title: fmt.Sprintf(w.Title, title, w.Product), Name: w.Product, Wide: true}
}

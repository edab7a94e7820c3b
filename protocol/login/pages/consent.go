package pages

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// Consent asks whether the application may have what it asks for.
// It posts action=accept or action=deny. Ids: form-consent, submit (accept), decline, switch-account.
type Consent struct {
	Page
	Action    string
	Hidden    []ui.Hidden
	Person    string // address of who is signed in
	SwitchURL string // to sign in as someone else; empty hides it
	Scopes    []Scope
}

// Scope is one permission that the application asks for.
type Scope struct {
	Name        string // "read:notes"; those of OpenID Connect are said in words by the page
	Description string // as the API declares it; empty shows the name
	API         string // name of the API that it belongs to; empty for scopes about the person
}

var consentPage = parse("consent.html")

// RenderConsent writes the page.
func RenderConsent(w http.ResponseWriter, status int, v Consent) error {
	text := wordsIn(v.Language)
	data := consentData{view: view[Consent]{Shell: v.shell(text, text.ConsentTitle, false), Words: text, View: v}}
	data.Shell.Wide = true
	data.Heading = fmt.Sprintf(text.ConsentHeading, v.visitor())
	data.Foot = fmt.Sprintf(text.ConsentFoot, v.visitor())
	for _, scope := range v.Scopes {
		data.Permissions = append(data.Permissions, permission(scope, text))
	}
	return ui.Render(w, status, consentPage, data)
}

type consentData struct {
	view[Consent]
	Heading, Foot string
	Permissions   []permissionLine
}

// permissionLine is a scope in words.
type permissionLine struct{ Text, Note string }

func permission(s Scope, w words) permissionLine {
	if known, ok := w.Scopes[s.Name]; ok && s.API == "" {
		return known
	}
	line := permissionLine{Text: s.Description}
	if line.Text == "" {
		line.Text = s.Name
	}
	if s.API != "" {
		line.Note = fmt.Sprintf(w.ScopeOfAPI, s.API)
	}
	return line
}

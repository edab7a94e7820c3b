package pages

import (
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// ErrorKind chooses the words of the error page: what happened, why, and what to do now.
type ErrorKind string

// The kinds of error a person can meet on the way.
const (
	InvalidRequest   ErrorKind = "invalid-request"   // the application sent something wrong
	UnknownClient    ErrorKind = "unknown-client"    // no such application here
	RedirectMismatch ErrorKind = "redirect-mismatch" // the address to return to is not registered
	SessionExpired   ErrorKind = "session-expired"   // the sign-in took too long, or another browser began it
	Forged           ErrorKind = "forged"            // the post did not come from our page
	NotFound         ErrorKind = "not-found"
	Limited          ErrorKind = "limited"
	Unavailable      ErrorKind = "unavailable"
	Failed           ErrorKind = "failed" // our own fault
)

// Error is our own error page, shown where redirecting would be wrong. Every value is shown as text, never followed.
// Ids: error-code, reference, retry.
type Error struct {
	Page
	Kind        ErrorKind // unknown kinds read as Failed
	Code        string    // OAuth error code, for the application's developer: "invalid_request"
	Description string    // technical sentence for the developer; may hold what the request held
	Reference   string    // id of this request in the logs
	RetryURL    string    // where to begin again; empty hides the button
}

var errorPage = parse("error.html")

// RenderError writes the page.
func RenderError(w http.ResponseWriter, status int, v Error) error {
	text := wordsIn(v.Language)
	said, ok := text.Errors[v.Kind]
	if !ok {
		said = text.Errors[Failed]
	}
	data := errorData{view: view[Error]{Shell: v.shell(text, said.What, false), Words: text, View: v}, Said: said}
	data.Shell.Wide = true
	return ui.Render(w, status, errorPage, data)
}

type errorData struct {
	view[Error]
	Said errorWords
}

// errorWords are the three sentences of an error.
type errorWords struct{ What, Why, Do string }

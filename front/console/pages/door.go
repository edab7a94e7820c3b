package pages

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// Setup makes the first administrator, reached by the one-time link.
// It posts email, name and password. Ids: form-setup, email, name, password, submit.
type Setup struct {
	Language string
	Recovery bool // a new password for the administrator Email instead; it posts the password only
	Action   string
	Hidden   []ui.Hidden // the one-time token and the token against forged posts
	Email    string      // what was typed
	Name     string

	MinimumLength int    // of the password, in characters
	Problem       string // of the whole form, a sentence; the field problems too
	EmailProblem  string
	NameProblem   string
	PassProblem   string
}

var setupPage = parseDoor("setup.html")

// RenderSetup writes the page.
func RenderSetup(w http.ResponseWriter, status int, v Setup) error {
	text := wordsIn(v.Language)
	title := text.SetupTitle
	if v.Recovery {
		title = text.RecoveryTitle
	}
	if v.Problem != "" || v.EmailProblem != "" || v.NameProblem != "" || v.PassProblem != "" {
		title = fmt.Sprintf(text.TitleProblem, title)
	}
	data := setupData{view: view[ui.SignIn, Setup]{Shell: door(text, title), Words: text, View: v}}
	data.Shell.Script = "signin.js"
	if v.Problem != "" {
		data.Alert = &ui.Alert{Tone: ui.Bad, Text: v.Problem}
	}
	focus := "email"
	switch {
	case v.Recovery:
		focus = "password"
	case v.EmailProblem != "":
	case v.NameProblem != "":
		focus = "name"
	case v.PassProblem != "":
		focus = "password"
	}
	data.Email = ui.Field{ID: "email", Name: "email", Type: "email", Label: text.Email, Autocomplete: "email", MaxLength: 254,
		Value: v.Email, Problem: v.EmailProblem, Autofocus: focus == "email"}
	data.Name = ui.Field{ID: "name", Name: "name", Type: "text", Label: text.Name, Autocomplete: "name", MaxLength: 150,
		Value: v.Name, Problem: v.NameProblem, Autofocus: focus == "name"}
	data.Password = ui.Field{ID: "password", Name: "password", Type: "password", Label: text.Password, Autocomplete: "new-password",
		Problem: v.PassProblem, Autofocus: focus == "password", Reveal: &ui.Reveal{Show: text.Show, Hide: text.Hide}}
	if v.MinimumLength > 0 {
		data.Password.Hint = fmt.Sprintf(text.PasswordHint, v.MinimumLength)
	}
	return ui.Render(w, status, setupPage, data)
}

type setupData struct {
	view[ui.SignIn, Setup]
	Alert                 *ui.Alert
	Email, Name, Password ui.Field
}

// NotStaff is for who signed in rightly and has no staff role. It posts the sign-out. Ids: form-sign-out, submit.
type NotStaff struct {
	Language   string
	Email      string
	SignOutURL string
	Hidden     []ui.Hidden
}

var notStaffPage = parseDoor("notstaff.html")

// RenderNotStaff writes the page.
func RenderNotStaff(w http.ResponseWriter, status int, v NotStaff) error {
	text := wordsIn(v.Language)
	return ui.Render(w, status, notStaffPage, view[ui.SignIn, NotStaff]{Shell: door(text, text.NotStaffTitle), Words: text, View: v})
}

// ErrorKind chooses the words of an error page.
type ErrorKind string

// The kinds. The zero value is a failure of our own.
const (
	OurFailure  ErrorKind = ""
	NotFound    ErrorKind = "not found"
	NotAllowed  ErrorKind = "not allowed"  // signed in, and without the permission
	NotAccepted ErrorKind = "not accepted" // the request is not right
	NotSignedIn ErrorKind = "not signed in"
	NotNow      ErrorKind = "not now"       // too many requests, or too busy
	LinkInvalid ErrorKind = "link invalid"  // a one-time link that does not work
	SignInEnded ErrorKind = "sign-in ended" // the sign-in came back without success
)

// Error says what happened, why, and what to do now. Ids: error-code, reference, retry.
type Error struct {
	Language  string
	Kind      ErrorKind
	What      string // title; empty takes the words of Kind, also for Why and Do where they are empty
	Why       string
	Do        string
	Code      string
	Reference string // id of this request in the logs
	RetryURL  string // where the button leads; empty hides it
	Retry     string // text of the button; empty is "Back to the journal"
}

var errorPage = parseDoor("error.html")

// RenderError writes the page.
func RenderError(w http.ResponseWriter, status int, v Error) error {
	text := wordsIn(v.Language)
	if v.What == "" {
		v = text.explain(v)
	}
	if v.Retry == "" {
		v.Retry = text.BackToJournal
		if v.Kind == SignInEnded || v.Kind == NotSignedIn {
			v.Retry = text.SignInAgain
		}
	}
	return ui.Render(w, status, errorPage, view[ui.SignIn, Error]{Shell: door(text, v.What), Words: text, View: v})
}

package pages

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// LogoutConfirm asks before it signs out, when nothing tells whose wish it is (OpenID Connect RP-Initiated Logout §2).
// It posts action=accept. Ids: form-logout, submit, cancel.
type LogoutConfirm struct {
	Page
	Action    string
	Hidden    []ui.Hidden
	Person    string // address of who is signed in; empty when not known
	CancelURL string // where "stay signed in" leads; empty hides it
}

var logoutConfirmPage = parse("logout.html")

// RenderLogoutConfirm writes the page.
func RenderLogoutConfirm(w http.ResponseWriter, status int, v LogoutConfirm) error {
	text := wordsIn(v.Language)
	data := view[LogoutConfirm]{Shell: v.shell(text, text.LogoutTitle, false), Words: text, View: v}
	return ui.Render(w, status, logoutConfirmPage, data)
}

// LoggedOut says that the session has ended. Id: return.
type LoggedOut struct {
	Page
	ReturnURL string // back to the application; empty when it is not known or not allowed
}

var loggedOutPage = parse("loggedout.html")

// RenderLoggedOut writes the page.
func RenderLoggedOut(w http.ResponseWriter, status int, v LoggedOut) error {
	text := wordsIn(v.Language)
	data := loggedOutData{view: view[LoggedOut]{Shell: v.shell(text, text.LoggedOutTitle, false), Words: text, View: v}}
	if v.ReturnURL != "" {
		data.Return = fmt.Sprintf(text.Return, v.visitor())
	}
	return ui.Render(w, status, loggedOutPage, data)
}

type loggedOutData struct {
	view[LoggedOut]
	Return string
}

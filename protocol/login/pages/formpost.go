package pages

import (
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// FormPost hands the answer to the application as a form (OAuth 2.0 Form Post Response Mode §2). A script sends it at
// once; without scripts the person presses Continue. The policy of this page must allow the origin of Action:
// ui.Headers.FormAction. Ids: form-post, submit.
type FormPost struct {
	Page
	Action string // the redirect URI, already checked; http or https
	Fields []ui.Hidden
}

var formPostPage = parse("formpost.html")

// RenderFormPost writes the page.
func RenderFormPost(w http.ResponseWriter, status int, v FormPost) error {
	text := wordsIn(v.Language)
	data := view[FormPost]{Shell: v.shell(text, text.FormPostTitle, false), Words: text, View: v}
	data.Shell.Script = "formpost.js"
	return ui.Render(w, status, formPostPage, data)
}

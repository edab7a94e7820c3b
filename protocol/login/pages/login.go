package pages

import (
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/ui"
)

// Login asks for address and password at once.
// It posts username, password and action=default. Ids: form-login, username, password, submit, sign-up, forgot-password.
type Login struct {
	Page
	Action    string      // URL the form posts to
	Hidden    []ui.Hidden // such as state and the token against forged posts
	Email     string      // what was typed or hinted at (login_hint)
	SignUpURL string      // empty when nobody may sign up
	ForgotURL string      // empty when there is no such page

	Problem         Problem // of the whole form, such as WrongCredentials or AccountBlocked
	EmailProblem    Problem
	PasswordProblem Problem
}

var loginPage = parse("login.html")

// RenderLogin writes the page.
func RenderLogin(w http.ResponseWriter, status int, v Login) error {
	text := wordsIn(v.Language)
	bad := v.Problem != "" || v.EmailProblem != "" || v.PasswordProblem != ""
	data := loginData{view: view[Login]{Shell: v.shell(text, text.LoginTitle, bad), Words: text, View: v}}
	data.Shell.Script = "signin.js"
	data.Lead = text.LoginLead
	data.Alert = alert(v.Problem, text)
	data.Email = ui.Field{
		ID: "username", Name: "username", Type: "email", Label: text.Email, Autocomplete: "username", Value: v.Email,
		Problem: v.EmailProblem.in(text), Autofocus: v.Email == "" || v.EmailProblem != "", MaxLength: 254,
	}
	data.Password = ui.Field{
		ID: "password", Name: "password", Type: "password", Label: text.Password, Autocomplete: "current-password",
		Problem: v.PasswordProblem.in(text), Autofocus: !data.Email.Autofocus, Reveal: reveal(text),
	}
	if v.ForgotURL != "" {
		data.Password.Link = &ui.Link{ID: "forgot-password", Text: text.Forgot, URL: v.ForgotURL}
	}
	return ui.Render(w, status, loginPage, data)
}

type loginData struct {
	view[Login]
	Lead            string
	Alert           *ui.Alert
	Email, Password ui.Field
}

// SignUp asks for the address and a new password.
// It posts email, password and action=default. Ids: form-signup, email, password, submit, login.
type SignUp struct {
	Page
	Action   string
	Hidden   []ui.Hidden
	Email    string // what was typed
	LoginURL string // for who has an account already

	MinimumLength int // of the password, in characters, said before it is typed

	Problem         Problem
	EmailProblem    Problem
	PasswordProblem Problem
}

var signUpPage = parse("signup.html")

// RenderSignUp writes the page.
func RenderSignUp(w http.ResponseWriter, status int, v SignUp) error {
	text := wordsIn(v.Language)
	bad := v.Problem != "" || v.EmailProblem != "" || v.PasswordProblem != ""
	data := signUpData{view: view[SignUp]{Shell: v.shell(text, text.SignUpTitle, bad), Words: text, View: v}}
	data.Shell.Script = "signin.js"
	data.Lead = text.SignUpLead
	data.Alert = alert(v.Problem, text)
	data.Email = ui.Field{
		ID: "email", Name: "email", Type: "email", Label: text.Email, Autocomplete: "email", Value: v.Email,
		Problem: v.EmailProblem.in(text), Autofocus: v.PasswordProblem == "" || v.EmailProblem != "", MaxLength: 254,
	}
	data.Password = ui.Field{
		ID: "password", Name: "password", Type: "password", Label: text.Password, Autocomplete: "new-password",
		Problem: v.PasswordProblem.in(text), Autofocus: !data.Email.Autofocus, Reveal: reveal(text),
	}
	if v.MinimumLength > 0 {
		data.Password.Hint = fmt.Sprintf(text.PasswordHint, v.MinimumLength)
	}
	return ui.Render(w, status, signUpPage, data)
}

type signUpData struct {
	view[SignUp]
	Lead            string
	Alert           *ui.Alert
	Email, Password ui.Field
}

func alert(p Problem, w words) *ui.Alert {
	if p == "" {
		return nil
	}
	tone := ui.Bad
	if p == TooManyAttempts || p == Busy || p == FormExpired {
		tone = ui.Warn
	}
	return &ui.Alert{Tone: tone, Title: w.ProblemTitles[p], Text: p.in(w)}
}

func reveal(w words) *ui.Reveal { return &ui.Reveal{Show: w.Show, Hide: w.Hide} }

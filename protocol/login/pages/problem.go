package pages

// Problem is what is wrong with a form or a field: one of the constants, which the page says in the reader's language, or
// a whole sentence meant for the person, which it shows as it is. Empty means that nothing is wrong.
type Problem string

// Problems of a field.
const (
	EmailMissing     Problem = "email-missing"
	EmailInvalid     Problem = "email-invalid"
	PasswordMissing  Problem = "password-missing"
	PasswordTooShort Problem = "password-too-short"
	PasswordTooLong  Problem = "password-too-long" // over the 72 bytes that bcrypt reads
	PasswordTooWeak  Problem = "password-too-weak"
	PasswordHasEmail Problem = "password-has-email"
)

// Problems of a whole form.
const (
	// WrongCredentials says the same for an unknown address and a wrong password, so that nobody learns who has an account.
	WrongCredentials Problem = "wrong-credentials"
	// AccountBlocked may only be shown after the right password.
	AccountBlocked  Problem = "account-blocked"
	TooManyAttempts Problem = "too-many-attempts"
	SignUpRefused   Problem = "sign-up-refused" // the address cannot be used, for whatever reason
	SignUpClosed    Problem = "sign-up-closed"
	Busy            Problem = "busy"
	FormExpired     Problem = "form-expired"
)

// in says the problem in the words given.
func (p Problem) in(w words) string {
	if said, ok := w.Problems[p]; ok {
		return said
	}
	return string(p)
}

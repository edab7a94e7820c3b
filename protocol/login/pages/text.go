package pages

// words are all the words of the pages in one language. %s stands for a name, %d for a number.
type words struct {
	Language string

	Title, TitleProblem, Footer              string
	Email, Password, Show, Hide              string
	Continue, Accept, Decline, Forgot        string
	LoginTitle, LoginLead                    string
	NoAccount, SignUp                        string
	SignUpTitle, SignUpLead, PasswordHint    string
	HaveAccount, Login                       string
	ConsentTitle, ConsentHeading, ConsentAsk string
	ConsentFoot, SignedInAs, SwitchAccount   string
	ScopeOfAPI                               string
	LogoutTitle, LogoutLead, Logout, Stay    string
	LoggedOutTitle, LoggedOutLead, Return    string
	ErrorDetails, ErrorCode, ErrorSays       string
	ErrorReference, Retry                    string
	FormPostTitle, FormPostLead              string

	Scopes        map[string]permissionLine
	Problems      map[Problem]string
	ProblemTitles map[Problem]string
	Errors        map[ErrorKind]errorWords
}

var languages = map[string]words{"en": english}

func wordsIn(language string) words {
	if w, ok := languages[language]; ok {
		return w
	}
	return english
}

var english = words{
	Language: "en",

	Title: "%s · %s", TitleProblem: "Error: %s", Footer: "%s sign-in",
	Email: "Email address", Password: "Password", Show: "Show", Hide: "Hide",
	Continue: "Continue", Accept: "Accept", Decline: "Decline", Forgot: "Forgot password?",
	LoginTitle: "Sign in", LoginLead: "to continue to",
	NoAccount: "New here?", SignUp: "Create an account",
	SignUpTitle: "Create your account", SignUpLead: "to continue to",
	PasswordHint: "At least %d characters. A few words in a row are easy to remember and hard to guess.",
	HaveAccount:  "Already have an account?", Login: "Sign in",
	ConsentTitle: "Allow access", ConsentHeading: "%s asks for access to your account", ConsentAsk: "If you accept, it can:",
	ConsentFoot: "Accept only if you trust %s with this.",
	SignedInAs:  "Signed in as", SwitchAccount: "Use another account",
	ScopeOfAPI:  "In %s",
	LogoutTitle: "Sign out?", LogoutLead: "You will have to sign in again before you can use applications that rely on this session.",
	Logout: "Sign out", Stay: "Stay signed in",
	LoggedOutTitle: "You are signed out", LoggedOutLead: "On a shared device, close the browser too.", Return: "Back to %s",
	ErrorDetails: "For whoever looks after the application", ErrorCode: "Code", ErrorSays: "Details",
	ErrorReference: "Reference", Retry: "Start again",
	FormPostTitle: "Taking you back", FormPostLead: "If nothing happens, press Continue.",

	Scopes:        englishScopes,
	Problems:      englishProblems,
	ProblemTitles: englishProblemTitles,
	Errors:        englishErrors,
}

var englishScopes = map[string]permissionLine{
	"openid":         {"Know that it is you", "By an id that stands for your account."},
	"profile":        {"See your profile", "Your name, nickname and picture."},
	"email":          {"See your email address", "And whether it has been verified."},
	"phone":          {"See your phone number", "And whether it has been verified."},
	"address":        {"See your postal address", ""},
	"offline_access": {"Keep its access when you are away", "Until you or the application end it."},
}

var englishProblems = map[Problem]string{
	EmailMissing:     "Enter your email address.",
	EmailInvalid:     "This is not an email address. It should look like name@example.com.",
	PasswordMissing:  "Enter your password.",
	PasswordTooShort: "This password is too short.",
	PasswordTooLong:  "This password is too long. Use at most 72 bytes: 72 Latin letters, fewer in other scripts.",
	PasswordTooWeak:  "This password is easy to guess. Make it longer or less common.",
	PasswordHasEmail: "Leave your email address out of the password.",

	WrongCredentials: "Check both and try again.",
	AccountBlocked:   "Signing in to this account has been blocked. Ask whoever runs this service for help.",
	TooManyAttempts:  "To protect this account, signing in is paused. Wait a few minutes, then try again.",
	SignUpRefused:    "An account cannot be made with this address. If you have one already, sign in instead.",
	SignUpClosed:     "New accounts cannot be made here at the moment. If you have one already, sign in instead.",
	Busy:             "Many people are signing in right now. Wait a few seconds, then press Continue again.",
	FormExpired:      "This page was open for too long. Enter your password again.",
}

var englishProblemTitles = map[Problem]string{
	WrongCredentials: "Wrong email address or password",
	AccountBlocked:   "This account is blocked",
	TooManyAttempts:  "Too many attempts",
	SignUpRefused:    "This address cannot be used",
	SignUpClosed:     "Sign-up is closed",
	Busy:             "One moment",
	FormExpired:      "Please enter it once more",
}

var englishErrors = map[ErrorKind]errorWords{
	InvalidRequest: {"Signing in cannot go on", "The application sent a request that is incomplete or not allowed.",
		"Go back to the application and try again. If it happens again, tell whoever looks after it."},
	UnknownClient: {"This application is not known here", "The link names an application that is not registered, or no longer.",
		"Check that you came from the right place. If so, tell whoever looks after the application."},
	RedirectMismatch: {"Stopped to protect you", "The application asked to send you to an address that it has not registered.",
		"Do not try again by the same link. Tell whoever looks after the application."},
	SessionExpired: {"Signing in took too long", "It was started a while ago, or in another browser.",
		"Go back to the application and sign in again. Nothing was changed."},
	Forged: {"This form could not be accepted", "It did not come from the page we showed you, or cookies are blocked in this browser.",
		"Allow cookies for this site, go back to the application and sign in again."},
	NotFound: {"There is nothing at this address", "The link is wrong, or what it led to is gone.",
		"Go back to the application and start from there."},
	Limited: {"Too many requests", "More requests came from your network than we let through at once.",
		"Wait a minute, then try again."},
	Unavailable: {"Signing in is not possible right now", "A part of this service is busy or out of reach. Nothing was changed.",
		"Wait a minute, then try again."},
	Failed: {"Something failed on our side", "The cause has been written down under the reference below. It is not your fault.",
		"Try again. If it happens again, pass the reference on to whoever runs this service."},
}

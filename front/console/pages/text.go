package pages

import (
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/ui"
)

// words are all the words of the console in one language. %s stands for a name or a count.
type words struct {
	Language string
	Shell    ui.ConsoleWords
	Keys     []ui.Key

	Title, TitleProblem, Product, Journal, Checks                    string
	JournalLead                                                      string
	Filter, FilterPlaceholder, FilterHint, FilterApply               string
	Live, Paused, Pause, Resume, Lost, NoScript                      string
	When, What, Who, OnWhat, From, Outcome                           string
	Succeeded, Failed, System, Unknown, Inside                       string
	Seal, SealVerified, SealBroken, SealUnknown                      string
	Sealed, NoneWaiting, OneWaiting, ManyWaiting                     string
	Signed, Pages, Checkpoint, NoCheckpoint, Verified, NeverVerified string
	Activity, ActivityLabel                                          string
	EmptyTitle, EmptyText, NoMatchTitle, NoMatchText                 string
	NoFilterTitle, NoFilterText                                      string
	ClearFilter, Older, Newer, Newest                                string
	Kept, Broken, Unverified, NotYet, ChecksLead                     string
	Check, State, Found, Population, LastRun, NeverRan               string
	Facts                                                            string
	NoChecksTitle, NoChecksText, Failures                            string
	AboutWhat, AboutFrom, AboutSeal, AboutJSON, FromInside           string
	Related, Kind, LogType, EventID                                  string
	Address, UserAgent, Host, RequestID                              string
	Position, Commitment, NotSealed                                  string
	JustNow, SecondsAgo, MinutesAgo, HoursAgo, DaysAgo               string
	EverySeconds, EveryMinutes, EveryHours, EveryDays                string
	EveryMinute, EveryHour, EveryDay                                 string
	Email, Name, Password, Show, Hide, PasswordHint                  string
	SetupTitle, SetupLead, SetupDo                                   string
	SetupSteps                                                       []string
	RecoveryTitle, RecoveryLead, RecoveryDo                          string
	RecoverySteps                                                    []string
	NotStaffTitle, NotStaffLead, NotStaffDo, SignedInAs              string
	SignOut, BackToJournal                                           string
	ErrorWhat, ErrorWhy, ErrorDo, ErrorCode, Reference               string
	ErrorDetails, SignInAgain                                        string
	Errors                                                           map[ErrorKind]explanation
}

// explanation is what an error page says.
type explanation struct{ What, Why, Do string }

// explain fills the words of the error's kind in where there are none.
func (w words) explain(v Error) Error {
	said, ok := w.Errors[v.Kind]
	if !ok {
		said = explanation{w.ErrorWhat, w.ErrorWhy, w.ErrorDo}
	}
	v.What = said.What
	if v.Why == "" {
		v.Why = said.Why
	}
	if v.Do == "" {
		v.Do = said.Do
	}
	return v
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
	Shell: ui.ConsoleWords{Skip: "Skip to content", Navigation: "Console", Where: "Where you are", SignOut: "Sign out",
		Keys: "Keyboard shortcuts", Close: "Close"},
	Keys: []ui.Key{{Press: "j", Does: "Next row"}, {Press: "k", Does: "Previous row"}, {Press: "Enter", Does: "Open the row"},
		{Press: "/", Does: "Filter"}, {Press: "?", Does: "This list"}},

	Title: "%s · %s", TitleProblem: "Error: %s", Product: "Gatehouse", Journal: "Journal", Checks: "Checks",
	JournalLead: "What was done or tried, by whom and from where, sealed as it happens.",
	Filter:      "Filter events", FilterPlaceholder: "Filter events", FilterApply: "Filter",
	FilterHint: "Words match anywhere. Narrow down with",
	Live:       "Live", Paused: "Paused", Pause: "Pause", Resume: "Resume",
	Lost: "No answer from the server. Trying again.", NoScript: "Reload this page to see newer events.",
	When: "Time", What: "What", Who: "Who", OnWhat: "On what", From: "From", Outcome: "Outcome",
	Succeeded: "Succeeded", Failed: "Failed", System: "Gatehouse", Unknown: "Unknown", Inside: "inside",
	Seal: "Seal", SealVerified: "Verified", SealBroken: "Does not verify", SealUnknown: "Not verified",
	Sealed: "Events sealed", NoneWaiting: "None waiting", OneWaiting: "1 waiting", ManyWaiting: "%s waiting",
	Checkpoint: "Last checkpoint", NoCheckpoint: "None signed yet", Verified: "Last checked", NeverVerified: "Never checked", Signed: "Signed",
	Activity: "How busy were the last 24 hours?", ActivityLabel: "%s events in the last 24 hours, at most %s in one hour.",
	EmptyTitle:    "Nothing has happened yet",
	EmptyText:     "Sign-ins, failures and changes appear here within a second. Sign in to one of your applications to see the first.",
	NoMatchTitle:  "No event matches this filter",
	NoMatchText:   "Every word must match. Take one away to see more.",
	NoFilterTitle: "This filter is not understood",
	NoFilterText:  "What is wrong with it stands below the box. Nothing is shown until it is right.",
	ClearFilter:   "Clear filter", Pages: "Pages", Older: "Older", Newer: "Newer", Newest: "Newest",

	Kept: "Kept", Broken: "Broken", Unverified: "Unverified", NotYet: "Not yet exercised",
	ChecksLead: "What each check found in the running system when it last looked.",
	Check:      "Check", State: "State", Found: "What it found", Population: "Looked at", LastRun: "Last run", NeverRan: "Never",
	NoChecksTitle: "No check has run yet", NoChecksText: "Checks run by themselves; the first results appear within a minute of the start.",
	Failures: "What is wrong", Facts: "What it saw",

	AboutWhat: "Event", AboutFrom: "Source", AboutSeal: "Seal", AboutJSON: "Envelope", FromInside: "This happened inside Gatehouse.",
	Related: "Related", Kind: "Kind", LogType: "Log type", EventID: "Event id",
	Address: "IP address", UserAgent: "Browser", Host: "Host", RequestID: "Request id",
	Position: "Position", Commitment: "Commitment", NotSealed: "Waiting to be sealed",

	JustNow: "just now", SecondsAgo: "%d seconds ago", MinutesAgo: "%d minutes ago", HoursAgo: "%d hours ago", DaysAgo: "%d days ago",
	EverySeconds: "every %d seconds", EveryMinutes: "every %d minutes", EveryHours: "every %d hours", EveryDays: "every %d days",
	EveryMinute: "every minute", EveryHour: "every hour", EveryDay: "every day",

	Email: "Email address", Name: "Name", Password: "Password", Show: "Show", Hide: "Hide",
	PasswordHint: "At least %d characters. A few words in a row are easy to remember and hard to guess.",
	SetupTitle:   "Set up Gatehouse",
	SetupLead:    "Create the first administrator. This is what happens then:",
	SetupSteps: []string{
		"Your account is created, with the right to do everything in this console.",
		"The link that brought you here stops working, for everyone.",
		"You sign in with the new account and see the journal, where all of this is written down.",
	},
	SetupDo:       "Create administrator",
	RecoveryTitle: "Recover an administrator",
	RecoveryLead:  "Choose a new password. This is what happens then:",
	RecoverySteps: []string{
		"The account is administrator again, with the new password.",
		"Everything that was signed in with it is signed out.",
		"The link that brought you here stops working, and the journal says that it was used.",
	},
	RecoveryDo:    "Set password",
	NotStaffTitle: "You have no access to this console",
	NotStaffLead:  "You are signed in, but your account has no staff role.",
	NotStaffDo:    "Ask an administrator for a role, then open the console again. Or sign out and use another account.",
	SignedInAs:    "Signed in as", SignOut: "Sign out", BackToJournal: "Back to the journal",
	ErrorWhat: "Something failed on our side", ErrorWhy: "The cause has been written down under the reference below. Nothing was changed.",
	ErrorDo: "Try again. If it happens again, look for the reference in the server's log.", ErrorCode: "Code", Reference: "Reference",
	ErrorDetails: "Details", SignInAgain: "Sign in",
	Errors: map[ErrorKind]explanation{
		NotFound:    {"Page not found", "There is nothing at this address.", "Check the address, or go back to the journal."},
		NotAllowed:  {"You may not see this", "Your staff role does not include it.", "Ask an administrator for a role that does."},
		NotAccepted: {"The request was not accepted", "", "Go back and try again."},
		NotSignedIn: {"You are not signed in", "Your time in the console has ended.", "Sign in to go on."},
		NotNow:      {"Not at this moment", "", "Wait a moment, then try again."},
		LinkInvalid: {"This link does not work", "It may have been used, replaced by a newer one, or be older than a day.",
			"A new set-up link is printed when the server starts. To recover an administrator, run gatehouse admin recover on the server."},
		SignInEnded: {"The sign-in did not succeed", "", "Start again from the console."},
	},
}

func (w words) waiting(n int64) string {
	switch n {
	case 0:
		return w.NoneWaiting
	case 1:
		return w.OneWaiting
	default:
		return fmt.Sprintf(w.ManyWaiting, ui.Count(n))
	}
}

// ago says how long before now an instant was; nil for the zero time.
func (w words) ago(at, now time.Time) *ui.Time {
	if at.IsZero() {
		return nil
	}
	said := ui.Said(at, w.distance(now.Sub(at)))
	return &said
}

// distance rounds down and changes to the next unit at two of it, so that no singular is needed.
func (w words) distance(d time.Duration) string {
	switch {
	case d < 2*time.Second:
		return w.JustNow
	case d < 2*time.Minute:
		return fmt.Sprintf(w.SecondsAgo, int(d/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf(w.MinutesAgo, int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf(w.HoursAgo, int(d/time.Hour))
	default:
		return fmt.Sprintf(w.DaysAgo, int(d/(24*time.Hour)))
	}
}

// every says a cadence in the largest unit that divides it.
func (w words) every(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		size      time.Duration
		one, many string
	}{{day, w.EveryDay, w.EveryDays}, {time.Hour, w.EveryHour, w.EveryHours}, {time.Minute, w.EveryMinute, w.EveryMinutes}} {
		switch {
		case d == unit.size:
			return unit.one
		case d > unit.size && d%unit.size == 0:
			return fmt.Sprintf(unit.many, int(d/unit.size))
		}
	}
	return fmt.Sprintf(w.EverySeconds, int(d/time.Second))
}

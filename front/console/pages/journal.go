package pages

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gatehouse/gatehouse/ui"
)

// Journal is the live list of events with the state of their seal and of the checks.
//
// The filter is a GET form to JournalURL with the input q. While Live, the list asks LiveURL every five seconds and
// replaces itself with the answer, which may be the same page again (RenderJournal) or only what
// moves (RenderJournalLive, smaller; htmx sends "HX-Request: true"). Typing in the filter asks JournalURL the
// same way. A filter that is not understood is answered with 200 too, or the page would not take the answer.
type Journal struct {
	Page
	Filter        string   // as typed
	FilterKeys    []string // what a filter can narrow down by, such as "kind:"; taught below the box
	FilterProblem string   // why the filter was not understood, a sentence; empty if it was
	Live          bool     // false when paused, or on an older page
	LiveURL       string   // address of this list with its filter
	PauseURL      string   // address of the page that stands still; shown while Live
	ResumeURL     string   // address of the live page; shown when not Live
	OlderURL      string   // next page by keyset; empty at the end
	NewestURL     string   // back to the first page; empty on it
	Events        []Event
	Seal          Seal
	Checks        []Check
	// Activity counts the events of each of the last 24 hours, oldest first; empty hides the chart.
	Activity []int
}

// Event is one row.
type Event struct {
	ID      string // unique in the list, without spaces
	URL     string // of its detail
	At      time.Time
	Title   string // "Signed in"
	Kind    string // "login.succeeded"
	Actor   string // who: name or address; empty for the system itself, or with an IP for who is not known
	Object  string // on what: name
	IP      string // from; empty when it came from inside
	Outcome Outcome
}

// Outcome is how what was tried ended.
type Outcome string

// The outcomes. An event that merely says what is has OutcomeNone.
const (
	Succeeded   Outcome = "succeeded"
	Failed      Outcome = "failed"
	OutcomeNone Outcome = ""
)

// Seal is the verification state of the journal.
type Seal struct {
	State      SealState
	Problem    string    // a sentence when Broken: what does not fit and where
	Sealed     int64     // positions sealed: the size of the transparency log
	Waiting    int64     // rows recorded and not sealed yet
	Checkpoint string    // root hash of the last signed checkpoint, as text; empty before the first
	SignedAt   time.Time // of that checkpoint; zero before the first
	VerifiedAt time.Time // of the last whole verification; zero before the first
}

// SealState is what the last verification found.
type SealState string

// The states of the seal.
const (
	SealVerified SealState = "verified"
	SealBroken   SealState = "broken"
	SealUnknown  SealState = "unknown" // not verified yet, or too long ago
)

var journalPage = parseConsole("journal.html", "list.html")

// RenderJournal writes the page.
func RenderJournal(w http.ResponseWriter, status int, v Journal) error {
	return ui.Render(w, status, journalPage, journalView(v))
}

// RenderJournalLive writes the seal, the checks and the list without the page around them.
func RenderJournalLive(w http.ResponseWriter, status int, v Journal) error {
	return ui.Render(w, status, journalPage.Lookup("live"), journalView(v))
}

type journalData struct {
	view[ui.Console, Journal]
	SealState  ui.State
	Sealed     string
	SealedNote string
	Checkpoint string
	SignedAt   *ui.Time
	VerifiedAt *ui.Time
	Rows       []eventRow
	Checks     []checkRow
	Tally      []ui.State
	Empty      ui.Empty
	Spark      ui.Spark
}

type eventRow struct {
	Event
	Time  ui.Time
	State *ui.State
}

func journalView(v Journal) journalData {
	text := wordsIn(v.Language)
	data := journalData{
		view: view[ui.Console, Journal]{
			Shell: v.shell(text, inJournal, text.Journal, ui.Link{Text: text.Journal}), Words: text, View: v,
		},
		SealState:  sealState(v.Seal.State, text),
		Sealed:     ui.Count(v.Seal.Sealed),
		SealedNote: text.waiting(v.Seal.Waiting),
		Checkpoint: shorten(v.Seal.Checkpoint),
		SignedAt:   text.ago(v.Seal.SignedAt, v.Now),
		VerifiedAt: text.ago(v.Seal.VerifiedAt, v.Now),
		Empty:      ui.Empty{Icon: "journal", Title: text.EmptyTitle, Text: text.EmptyText},
		Spark:      spark(v.Activity, text),
	}
	switch {
	case v.FilterProblem != "":
		data.Empty = ui.Empty{Icon: "search", Title: text.NoFilterTitle, Text: text.NoFilterText, Action: &ui.Link{Text: text.ClearFilter, URL: v.JournalURL}}
	case v.Filter != "":
		data.Empty = ui.Empty{Icon: "search", Title: text.NoMatchTitle, Text: text.NoMatchText,
			Action: &ui.Link{Text: text.ClearFilter, URL: v.JournalURL}}
	}
	for _, e := range v.Events {
		data.Rows = append(data.Rows, eventRow{Event: e, Time: ui.Clock(e.At), State: outcome(e.Outcome, text)})
	}
	for _, c := range v.Checks {
		data.Checks = append(data.Checks, checkView(c, text, v.Now))
	}
	data.Tally = tally(v.Checks, text)
	return data
}

func outcome(o Outcome, w words) *ui.State {
	switch o {
	case Succeeded:
		return &ui.State{Tone: ui.Quiet, Word: w.Succeeded}
	case Failed:
		return &ui.State{Tone: ui.Bad, Word: w.Failed}
	default:
		return nil
	}
}

func sealState(s SealState, w words) ui.State {
	switch s {
	case SealVerified:
		return ui.State{Tone: ui.Good, Word: w.SealVerified}
	case SealBroken:
		return ui.State{Tone: ui.Bad, Word: w.SealBroken}
	default:
		return ui.State{Tone: ui.Grey, Word: w.SealUnknown}
	}
}

func spark(activity []int, w words) ui.Spark {
	total, peak := 0, 0
	for _, n := range activity {
		total += n
		peak = max(peak, n)
	}
	return ui.Spark{Values: activity, Label: fmt.Sprintf(w.ActivityLabel, ui.Count(int64(total)), ui.Count(int64(peak)))}
}

// shorten keeps both ends of a hash, which is enough to compare by eye; the whole one is shown on hover.
func shorten(hash string) string {
	if len(hash) <= 16 {
		return hash
	}
	return hash[:8] + "…" + hash[len(hash)-6:]
}

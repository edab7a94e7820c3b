package pages

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/ui"
)

// Checks is the page of every probe with its last result.
type Checks struct {
	Page
	Checks []Check
}

// Check is one probe and what it found when it last ran.
type Check struct {
	Name       string // "journal.verify": the anchor of its row
	Title      string // "The journal has no gap and no edit"
	Claim      string // the promise it stands for; may be empty
	State      CheckState
	Summary    string // what it found, one sentence
	Population int    // how many things it looked at
	RanAt      time.Time
	Every      time.Duration
	Failures   []Failure
	Facts      []Fact
}

// Failure is one thing that a check found wrong.
type Failure struct{ Subject, Reason string }

// Fact is one thing that a check saw.
type Fact struct{ Subject, Value string }

// CheckState is one of the four states that a check can have.
type CheckState string

// The states of a check.
const (
	Kept            CheckState = "kept"
	Broken          CheckState = "broken"
	Unverified      CheckState = "unverified"        // stale, failed to run, or partial
	NotYetExercised CheckState = "not yet exercised" // the source is alive and nothing has happened yet
)

var checksPage = parseConsole("checks.html")

// RenderChecks writes the page.
func RenderChecks(w http.ResponseWriter, status int, v Checks) error {
	text := wordsIn(v.Language)
	data := checksData{
		view: view[ui.Console, Checks]{
			Shell: v.shell(text, inChecks, text.Checks, ui.Link{Text: text.Checks}), Words: text, View: v,
		},
		Empty: ui.Empty{Icon: "checks", Title: text.NoChecksTitle, Text: text.NoChecksText},
	}
	for _, c := range v.Checks {
		data.Rows = append(data.Rows, checkView(c, text, v.Now))
	}
	data.Tally = tally(v.Checks, text)
	return ui.Render(w, status, checksPage, data)
}

// tally counts the checks by their state, the worst first.
func tally(checks []Check, w words) []ui.State {
	count := map[CheckState]int{}
	for _, c := range checks {
		count[c.State]++
	}
	var list []ui.State
	for _, state := range []CheckState{Broken, Unverified, NotYetExercised, Kept} {
		if n := count[state]; n > 0 {
			said := checkState(state, w)
			said.Word = strconv.Itoa(n) + " " + strings.ToLower(said.Word)
			list = append(list, said)
		}
	}
	return list
}

type checksData struct {
	view[ui.Console, Checks]
	Tally []ui.State
	Rows  []checkRow
	Empty ui.Empty
}

type checkRow struct {
	Check
	Shape   ui.State
	Ran     *ui.Time
	Cadence string
	Looked  string
}

func checkView(c Check, w words, now time.Time) checkRow {
	row := checkRow{Check: c, Shape: checkState(c.State, w), Ran: w.ago(c.RanAt, now), Looked: ui.Count(int64(c.Population))}
	if c.Every > 0 {
		row.Cadence = w.every(c.Every)
	}
	return row
}

func checkState(s CheckState, w words) ui.State {
	switch s {
	case Kept:
		return ui.State{Tone: ui.Good, Word: w.Kept}
	case Broken:
		return ui.State{Tone: ui.Bad, Word: w.Broken}
	case NotYetExercised:
		return ui.State{Tone: ui.Grey, Icon: "notyet", Word: w.NotYet}
	default:
		return ui.State{Tone: ui.Grey, Word: w.Unverified}
	}
}

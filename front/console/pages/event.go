package pages

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatehouse/gatehouse/ui"
)

// EventDetail is one event with its whole envelope.
type EventDetail struct {
	Page
	Event
	LogType     string // Auth0's log type code; empty for acts that have none
	Description string
	ActorRef    Ref
	ObjectRef   Ref
	Related     []Ref
	UserAgent   string
	Host        string
	RequestID   string
	Position    int64  // in the sealed log, from 0; negative when it is not sealed yet
	Commitment  string // the hash that the transparency log holds
	JSON        []byte // the envelope as the API shows it
	NewerURL    string // the event after this one; empty at the end
	OlderURL    string // the event before
}

// Ref is someone or something that an event names.
type Ref struct{ Type, ID, Name string }

var eventPage = parseConsole("event.html")

// RenderEvent writes the page. JSON that is not JSON is an error.
func RenderEvent(w http.ResponseWriter, status int, v EventDetail) error {
	text := wordsIn(v.Language)
	colored, err := ui.JSON(v.JSON)
	if err != nil {
		return fmt.Errorf("event %s: %w", v.ID, err)
	}
	data := eventData{
		view: view[ui.Console, EventDetail]{
			Shell: v.shell(text, inJournal, v.Title, ui.Link{Text: text.Journal, URL: v.JournalURL}, ui.Link{Text: v.Title}),
			Words: text, View: v,
		},
		State: outcome(v.Outcome, text),
		JSON:  colored,
		What:  whatFacts(v, text),
		From:  fromFacts(v, text),
		Seal:  sealFacts(v, text),
	}
	if strings.Contains(strings.ToLower(v.Title), strings.ToLower(strings.TrimSuffix(v.Description, "."))) {
		data.View.Description = "" // The title has said it.
	}
	if data.State != nil && data.State.Tone == ui.Quiet {
		data.State.Tone = ui.Good // alone on its page, it need not be quiet
	}
	return ui.Render(w, status, eventPage, data)
}

type eventData struct {
	view[ui.Console, EventDetail]
	State            *ui.State
	What, From, Seal []ui.Fact
	JSON             template.HTML
}

func whatFacts(v EventDetail, w words) []ui.Fact {
	at := ui.Exact(v.At)
	facts := []ui.Fact{{Key: w.When, At: &at}}
	facts = appendRef(facts, w.Who, v.ActorRef)
	facts = appendRef(facts, w.OnWhat, v.ObjectRef)
	for _, ref := range v.Related {
		facts = appendRef(facts, w.Related, ref)
	}
	facts = append(facts, ui.Fact{Key: w.Kind, Value: v.Kind, Mono: true, URL: v.JournalURL + "?q=" + url.QueryEscape("kind:"+v.Kind)})
	if v.LogType != "" {
		facts = append(facts, ui.Fact{Key: w.LogType, Value: v.LogType, Mono: true})
	}
	return append(facts, ui.Fact{Key: w.EventID, Value: v.ID, Mono: true})
}

func appendRef(facts []ui.Fact, key string, r Ref) []ui.Fact {
	if r == (Ref{}) {
		return facts
	}
	fact := ui.Fact{Key: key, Value: r.Name, Note: r.Type}
	switch {
	case r.Name == "":
		fact.Value, fact.Mono = r.ID, true
	case r.ID != "" && r.ID != r.Name:
		fact.Note = r.Type + " · " + r.ID
	}
	return append(facts, fact)
}

func fromFacts(v EventDetail, w words) []ui.Fact {
	var facts []ui.Fact
	for _, fact := range []ui.Fact{
		{Key: w.Address, Value: v.IP, Mono: true},
		{Key: w.UserAgent, Value: v.UserAgent},
		{Key: w.Host, Value: v.Host, Mono: true},
		{Key: w.RequestID, Value: v.RequestID, Mono: true},
	} {
		if fact.Value != "" {
			facts = append(facts, fact)
		}
	}
	return facts
}

func sealFacts(v EventDetail, w words) []ui.Fact {
	if v.Position < 0 {
		return []ui.Fact{{Key: w.Position, Value: w.NotSealed}}
	}
	facts := []ui.Fact{{Key: w.Position, Value: ui.Count(v.Position)}}
	if v.Commitment != "" {
		facts = append(facts, ui.Fact{Key: w.Commitment, Value: v.Commitment, Mono: true})
	}
	return facts
}

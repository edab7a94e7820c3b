package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gatehouse/gatehouse/front/console/pages"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/record/staff"
	"github.com/gatehouse/gatehouse/ui"
)

// showEvent shows one event with its whole envelope.
func (s *Service) showEvent(w http.ResponseWriter, r *http.Request) error {
	at, err := strconv.ParseInt(r.PathValue("position"), 10, 64)
	if err != nil || at < 0 {
		return fault.New(fault.NotFound, "There is no such event.")
	}
	e, err := s.Journal.At(r.Context(), "", at)
	if err != nil {
		return err
	}
	if err := s.Staff.Read(r.Context(), staff.Reading{Who: personOf(r).Ref(), Permission: staff.ReadJournal, Tenant: e.Tenant,
		What: "journal event " + strconv.FormatInt(at, 10)}); err != nil {
		return err
	}
	state, err := s.Journal.State(r.Context())
	if err != nil {
		return err
	}
	v, err := detail(&e)
	if err != nil {
		return err
	}
	v.Page = s.page(r)
	if at+1 < state.Sealed {
		v.NewerURL = eventURL(at + 1)
	}
	if at > 0 {
		v.OlderURL = eventURL(at - 1)
	}
	ui.SecurityHeaders(w, ui.Headers{})
	return pages.RenderEvent(w, http.StatusOK, v)
}

func eventURL(at int64) string { return journalPath + "/" + strconv.FormatInt(at, 10) }

func event(e *journal.Entry) pages.Event {
	v := pages.Event{ID: strconv.FormatInt(e.Position, 10), URL: eventURL(e.Position), At: e.At, Title: e.KindName, Kind: e.KindName,
		Actor: named(e.Actor), Object: named(e.Object)}
	if e.Source.IP.IsValid() {
		v.IP = e.Source.IP.String()
	}
	if e.Kind != nil {
		v.Title, v.Outcome = e.Kind.Title, pages.Succeeded
		if e.Kind.Failure {
			v.Outcome = pages.Failed
		}
	}
	if e.Damaged {
		v.Title += " (cannot be opened)"
	}
	return v
}

// damaged is said of an event whose outline is all that can be read.
const damaged = "What this event said cannot be opened: it was altered in the database, or its key is missing. " +
	"The verification of the journal tells whether it is what was sealed."

func named(r journal.Ref) string {
	if r.Name != "" {
		return r.Name
	}
	return r.ID
}

// envelope is the event as JSON.
type envelope struct {
	Position    int64          `json:"position"`
	ID          string         `json:"id"`
	Tenant      string         `json:"tenant"`
	At          time.Time      `json:"at"`
	Kind        string         `json:"kind"`
	Erased      bool           `json:"erased,omitempty"`
	Damaged     bool           `json:"damaged,omitempty"`
	Actor       journal.Ref    `json:"actor,omitzero"`
	Object      journal.Ref    `json:"object,omitzero"`
	Related     []journal.Ref  `json:"related,omitempty"`
	Source      journal.Source `json:"source,omitzero"`
	Description string         `json:"description,omitempty"`
	Details     map[string]any `json:"details,omitempty"`
}

func detail(e *journal.Entry) (pages.EventDetail, error) {
	whole, err := json.Marshal(envelope{e.Position, e.ID, e.Tenant, e.At, e.KindName, e.Erased, e.Damaged, e.Actor, e.Object, e.Related,
		e.Source, e.Description, e.Details})
	if err != nil {
		return pages.EventDetail{}, fmt.Errorf("encode event: %w", err)
	}
	v := pages.EventDetail{Event: event(e), Description: e.Description, ActorRef: pages.Ref(e.Actor), ObjectRef: pages.Ref(e.Object),
		UserAgent: e.Source.UserAgent, Host: e.Source.Host, RequestID: e.Source.RequestID, Position: e.Position, JSON: whole}
	v.ID = e.ID
	if e.Damaged {
		v.Description = damaged
	}
	if e.Kind != nil {
		v.LogType = e.Kind.LogType
	}
	for _, ref := range e.Related {
		v.Related = append(v.Related, pages.Ref(ref))
	}
	return v, nil
}

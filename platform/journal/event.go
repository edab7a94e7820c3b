package journal

import (
	"context"
	"net/netip"
	"time"
)

// Ref points to one thing: a user, a client, an API, a session.
type Ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Source is where a request came from.
type Source struct {
	IP          netip.Addr `json:"ip,omitzero"`
	UserAgent   string     `json:"user_agent,omitempty"`
	Host        string     `json:"host,omitempty"`
	RequestID   string     `json:"request_id,omitempty"`
	Auth0Client string     `json:"auth0_client,omitempty"` // the header of that name, as sent
}

// Event is what the caller tells.
type Event struct {
	Kind        *Kind
	Tenant      string
	Actor       Ref            // who did it
	Object      Ref            // to what
	Related     []Ref          // what else had a part in it
	Subject     string         // the person (or client) whom erasure would erase; the actor when empty
	Description string         // why it failed, or what a person should know
	Details     map[string]any // facts by name; never a secret
}

// envelope is the sealed form of an event.
type envelope struct {
	Actor       Ref            `json:"actor,omitzero"`
	Object      Ref            `json:"object,omitzero"`
	Related     []Ref          `json:"related,omitempty"`
	Source      Source         `json:"source,omitzero"`
	Description string         `json:"description,omitempty"`
	Details     map[string]any `json:"details,omitempty"`
}

// Entry is an event as it was recorded and sealed.
type Entry struct {
	ID       string
	Position int64 // dense from 0; -1 while unsealed
	Tenant   string
	At       time.Time
	KindName string
	Kind     *Kind // nil when this version of the program does not know it
	Erased   bool  // the subject's key is destroyed: only the outline is left
	Damaged  bool  // the payload does not open: only the outline is left; what became of it is Verify's to tell
	Actor    Ref
	Object   Ref
	Related  []Ref
	Source   Source

	Description string
	Details     map[string]any
}

// Ref finds the first thing of that type among actor, object and the related;
// the zero Ref when there is none.
func (e *Entry) Ref(kind string) Ref {
	for _, r := range append([]Ref{e.Actor, e.Object}, e.Related...) {
		if r.Type == kind {
			return r
		}
	}
	return Ref{}
}

type sourceKey struct{}

// WithSource remembers where the request came from, for every event of it.
func WithSource(ctx context.Context, s *Source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// SourceOf is what WithSource remembered; the zero Source outside a request.
func SourceOf(ctx context.Context) Source {
	if s, ok := ctx.Value(sourceKey{}).(*Source); ok {
		return *s
	}
	return Source{}
}

package console

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gatehouse/gatehouse/front/console/pages"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/record/staff"
	"github.com/gatehouse/gatehouse/ui"
)

const perPage = 50

// showJournal shows the newest events, or those before a position. Typing in
// the filter asks for the list alone.
func (s *Service) showJournal(w http.ResponseWriter, r *http.Request) error {
	part := r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
	return s.journal(w, r, part)
}

// liveJournal is what the list asks for while somebody looks at it.
func (s *Service) liveJournal(w http.ResponseWriter, r *http.Request) error {
	return s.journal(w, r, true)
}

func (s *Service) journal(w http.ResponseWriter, r *http.Request, part bool) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	before, err := position(p.Get("before"))
	if err != nil {
		return err
	}
	v := pages.Journal{Page: s.page(r), Filter: p.Get("q"), Live: before == 0 && p.Get("live") != "off"}
	for _, k := range filterKeys {
		v.FilterKeys = append(v.FilterKeys, k.key+":")
	}
	f, problem := parseFilter(v.Filter)
	next := int64(-1)
	if problem != nil {
		v.FilterProblem, v.Live = fault.Public(problem), false
	} else if v.Events, next, err = s.events(r, f, before, part); err != nil {
		return err
	}
	if v.Seal, err = s.seal(r); err != nil {
		return err
	}
	if held, err := s.Staff.Permissions(r.Context(), personOf(r).User.ID, s.Clock.Now()); err != nil {
		return err
	} else if held.Has(staff.ReadChecks) {
		if v.Checks, err = s.checks(r.Context()); err != nil {
			return err
		}
	}
	links(&v, before, next)
	ui.SecurityHeaders(w, ui.Headers{})
	if part {
		return pages.RenderJournalLive(w, http.StatusOK, v)
	}
	return pages.RenderJournal(w, http.StatusOK, v)
}

// events reads a page of events, once it is recorded that somebody does.
func (s *Service) events(r *http.Request, f *filter, before int64, part bool) ([]pages.Event, int64, error) {
	reading := staff.Reading{Who: personOf(r).Ref(), Permission: staff.ReadJournal, Tenant: f.tenant, What: "journal"}
	if f.text != "" {
		reading.What = "journal, filtered by " + f.text
	}
	record := s.Staff.Read
	if part {
		record = s.Staff.Follow
	}
	if err := record(r.Context(), reading); err != nil {
		return nil, -1, err
	}
	found, err := s.Journal.List(r.Context(), journal.Filter{Tenant: f.tenant, Before: before, Limit: perPage, Match: f.Match})
	if err != nil {
		return nil, -1, err
	}
	events := make([]pages.Event, len(found.Entries))
	for i := range found.Entries {
		events[i] = event(&found.Entries[i])
	}
	return events, found.Next, nil
}

// links gives every state of the list its address.
func links(v *pages.Journal, before, next int64) {
	address := func(path string, extra ...string) string {
		q := url.Values{}
		if v.Filter != "" {
			q.Set("q", v.Filter)
		}
		for i := 0; i+1 < len(extra); i += 2 {
			q.Set(extra[i], extra[i+1])
		}
		return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
	}
	if v.Live {
		v.LiveURL, v.PauseURL = address(livePath), address(journalPath, "live", "off")
	} else {
		v.ResumeURL = address(journalPath)
	}
	if next > 0 {
		v.OlderURL = address(journalPath, "before", strconv.FormatInt(next, 10))
	}
	if before > 0 {
		v.NewestURL = address(journalPath)
	}
}

// page is what stands around every page.
func (s *Service) page(r *http.Request) pages.Page {
	who := personOf(r)
	return pages.Page{Tenant: tenant.From(r.Context()).Name, Name: who.User.Name, Email: who.User.Email,
		JournalURL: journalPath, ChecksURL: checksPath, SignOutURL: signOutPath, Now: s.Clock.Now()}
}

// verifiedWithin is how young a verification must be to speak for the journal.
const verifiedWithin = 25 * time.Hour

func (s *Service) seal(r *http.Request) (pages.Seal, error) {
	state, err := s.Journal.State(r.Context())
	if err != nil {
		return pages.Seal{}, err
	}
	seal := pages.Seal{State: pages.SealUnknown, Sealed: state.Sealed, Waiting: state.Unsealed, VerifiedAt: state.Report.At}
	if !state.Checkpoint.At.IsZero() {
		seal.Checkpoint, seal.SignedAt = hex.EncodeToString(state.Checkpoint.Root[:]), state.Checkpoint.At
	}
	switch {
	case !state.Report.At.IsZero() && !state.Report.Sound:
		seal.State, seal.Problem = pages.SealBroken, state.Report.Finding
	case !state.Report.At.IsZero() && s.Clock.Now().Sub(state.Report.At) < verifiedWithin:
		seal.State = pages.SealVerified
	}
	return seal, nil
}

func position(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "The page's address does not name a position in the journal.")
	}
	return n, nil
}

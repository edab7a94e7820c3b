package console

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/record/staff"
)

// The events of the console itself.
var (
	SignedIn  = journal.Register(journal.Kind{Name: "console.signed_in", Title: "Staff signed in to the console"})
	SignedOut = journal.Register(journal.Kind{Name: "console.signed_out", Title: "Staff signed out of the console"})
)

// Service serves the console.
type Service struct {
	DB      *db.DB
	Keys    *keyring.Keyring
	Clock   clock.Clock
	Log     *slog.Logger
	Journal *journal.Journal
	Staff   *staff.Service // its tenant is the operator tenant
	Tenants *tenant.Service
	Clients *client.Service
	Cookies web.Cookies
	HTTP    *http.Client // reaches this very server at its public addresses
	Checks  *check.Checks

	discovering sync.Mutex // guards provider
	provider    *oidc.Provider
	providerOf  string // the issuer that provider was discovered at
}

// The permissions that are no staff permission.
const (
	public = "public" // anyone, at the operator tenant's host
	setUp  = "setup"  // whoever has a one-time link
)

// Surface is the console's face.
func (s *Service) Surface() web.Surface {
	const (
		entry = string(limit.Console)
		links = string(limit.Setup)
		seeJ  = string(staff.ReadJournal)
		seeC  = string(staff.ReadChecks)
	)
	return web.Surface{Name: "console", Guard: s.guard, Error: s.Error, Routes: []web.Route{
		{Pattern: "GET /setup", Permission: setUp, Limit: links, Handle: s.showSetup},
		{Pattern: "POST /setup", Permission: setUp, Limit: links, Handle: s.finishSetup},
		{Pattern: "GET /console/{$}", Permission: seeJ, Limit: entry, Handle: s.home},
		{Pattern: "GET /console/journal", Permission: seeJ, Limit: entry, Handle: s.showJournal},
		{Pattern: "GET /console/journal/live", Permission: seeJ, Limit: entry, Handle: s.liveJournal},
		{Pattern: "GET /console/journal/{position}", Permission: seeJ, Limit: entry, Handle: s.showEvent},
		{Pattern: "GET /console/checks", Permission: seeC, Limit: entry, Handle: s.showChecks},
		{Pattern: "GET /console/sign-in", Permission: public, Limit: entry, Handle: s.signIn},
		{Pattern: "GET /console/callback", Permission: public, Limit: entry, Handle: s.callback},
		{Pattern: "POST /console/sign-out", Permission: public, Limit: entry, Handle: s.signOut},
	}}
}

// guard lets only the operator tenant's host through and, for a staff
// permission, only who holds it now.
func (s *Service) guard(permission string, next web.Handler) (web.Handler, error) {
	allowed := next
	switch {
	case permission == public || permission == setUp:
	case staff.Known(staff.Permission(permission)):
		allowed = s.staffOnly(staff.Permission(permission), next)
	default:
		return nil, fmt.Errorf("no staff role has the permission %q", permission)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if t := tenant.From(r.Context()); t == nil || t.ID != s.Staff.Tenant {
			return fault.New(fault.NotFound, "")
		}
		return allowed(w, r)
	}, nil
}

// staffOnly lets who is signed in and holds the permission through. Others are
// led to the sign-in, or told.
func (s *Service) staffOnly(p staff.Permission, next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.person(r)
		if err != nil {
			return err
		}
		if who == nil {
			return s.askToSignIn(w, r)
		}
		web.RecordOf(r).User = who.User.ID
		held, err := s.Staff.Permissions(r.Context(), who.User.ID, s.Clock.Now())
		if err != nil {
			return err
		}
		if !held.Has(p) {
			if err := s.Staff.Deny(r.Context(), who.Ref(), p, r.Method+" "+r.URL.Path); err != nil {
				return err
			}
			if len(held) == 0 {
				return s.notStaff(w, who)
			}
			return fault.Newf(fault.Forbidden, "This needs the permission %s.", p).WithCode("insufficient_permission")
		}
		return next(w, r.WithContext(context.WithValue(r.Context(), personKey{}, who)))
	}
}

type personKey struct{}

// personOf is who the guard let through.
func personOf(r *http.Request) *person {
	who, _ := r.Context().Value(personKey{}).(*person)
	return who
}

func (s *Service) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, journalPath, http.StatusSeeOther)
	return nil
}

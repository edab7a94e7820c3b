package oidc

import (
	"net/http"
	"net/url"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
	"github.com/gatehouse/gatehouse/ui"
)

func (q *request) page() pages.Page {
	page := pages.Page{Language: language(q.params), Tenant: q.tenant.Name}
	if q.client != nil {
		page.Application, page.LogoURL = q.client.Name, q.client.Settings.LogoURI
	}
	return page
}

// end ends the session, if there is one, and lets the browser go. The cookie
// goes when it is that session's.
func (s *Service) end(w http.ResponseWriter, r *http.Request, q *request, open *session.Session) error {
	if open == nil {
		return s.leave(w, r, q)
	}
	ctx := r.Context()
	e := journal.Event{
		Kind: LoggedOut, Tenant: q.tenant.ID, Actor: journal.Ref{Type: "user", ID: open.UserID},
		Related: []journal.Ref{{Type: "session", ID: open.ID}},
	}
	switch u, err := user.Find(ctx, s.DB, q.tenant.ID, open.UserID); {
	case err == nil:
		e.Actor = u.Ref()
	case !fault.Is(err, fault.NotFound):
		return err
	}
	if q.client != nil {
		e.Object = q.client.Ref()
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := session.End(ctx, tx, q.tenant.ID, open.ID); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, e)
	})
	if err != nil {
		return err
	}
	if _, sent := s.Cookies.Get(r, web.SessionCookie); sent {
		s.Cookies.Clear(w, web.SessionCookie)
	}
	web.RecordOf(r).User, web.RecordOf(r).Event = open.UserID, LoggedOut.Name
	return s.leave(w, r, q)
}

// leave sends the browser to where the request wants it, or says goodbye.
func (s *Service) leave(w http.ResponseWriter, r *http.Request, q *request) error {
	if q.to != "" {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, q.to, http.StatusSeeOther) // #nosec G710 -- only a registered address gets this far
		return nil
	}
	ui.SecurityHeaders(w, ui.Headers{})
	return pages.RenderLoggedOut(w, http.StatusOK, pages.LoggedOut{Page: q.page()})
}

// confirm asks. Its form carries the request without the hint, which was
// about somebody else or missing.
func (s *Service) confirm(w http.ResponseWriter, q *request, person string) error {
	view := pages.LogoutConfirm{Page: q.page(), Action: "/u/logout", Person: person}
	for _, name := range []string{"post_logout_redirect_uri", "state", "ui_locales"} {
		if value := q.params.Get(name); value != "" {
			view.Hidden = append(view.Hidden, ui.Hidden{Name: name, Value: value})
		}
	}
	if q.client != nil {
		view.Hidden = append(view.Hidden, ui.Hidden{Name: "client_id", Value: q.client.ID})
	}
	ui.SecurityHeaders(w, ends(q.to))
	return pages.RenderLogoutConfirm(w, http.StatusOK, view)
}

// ends lets the form end at the address: Chromium applies form-action to the
// redirect that follows the post.
func ends(to string) ui.Headers {
	u, err := url.Parse(to)
	switch {
	case to == "" || err != nil:
		return ui.Headers{}
	case u.Scheme == "http" || u.Scheme == "https":
		return ui.Headers{FormAction: []string{u.Scheme + "://" + u.Host}}
	}
	return ui.Headers{AnyFormAction: true}
}

package console

import (
	"net/http"
	"strings"

	"github.com/gatehouse/gatehouse/front/console/pages"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/record/staff"
	"github.com/gatehouse/gatehouse/ui"
)

const setupPath = "/setup"

// showSetup shows the form behind a one-time link. It does not use the link:
// mail scanners and browsers open addresses ahead of people.
func (s *Service) showSetup(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	link, err := s.link(r, p.Get("token"))
	if err != nil {
		return err
	}
	return s.renderSetup(w, r, http.StatusOK, link, pages.Setup{Email: link.Email, Hidden: hiddenToken(p.Get("token"))})
}

// finishSetup makes the first administrator, or recovers one.
func (s *Service) finishSetup(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameOrigin(r); err != nil {
		return err
	}
	p, err := web.Params(r)
	if err != nil {
		return err
	}
	token := p.Get("token")
	link, err := s.link(r, token)
	if err != nil {
		return err
	}
	v := pages.Setup{Email: strings.TrimSpace(p.Get("email")), Name: strings.TrimSpace(p.Get("name")), Hidden: hiddenToken(token)}
	if link.Purpose == staff.Recovery {
		v.Email = link.Email
		_, err = s.Staff.FinishRecovery(r.Context(), token, p.Get("password"))
	} else {
		_, err = s.Staff.SetUp(r.Context(), token, staff.Newcomer{Email: v.Email, Name: v.Name, Password: p.Get("password")})
	}
	if err != nil {
		return s.setupFailed(w, r, link, v, err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, homePath, http.StatusSeeOther)
	return nil
}

// link finds the link, and records it when there is none.
func (s *Service) link(r *http.Request, token string) (*staff.Link, error) {
	link, err := s.Staff.FindLink(r.Context(), token)
	if fault.Is(err, fault.NotFound) {
		if recording := s.Staff.RefuseLink(r.Context()); recording != nil {
			return nil, recording
		}
	}
	return link, err
}

// setupFailed shows the form again with the problem at its field.
func (s *Service) setupFailed(w http.ResponseWriter, r *http.Request, link *staff.Link, v pages.Setup, err error) error {
	f := fault.From(err)
	switch {
	case f.Code == codeLink:
		if recording := s.Staff.RefuseLink(r.Context()); recording != nil {
			return recording
		}
		return err
	case f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Unavailable:
		return err
	case f.Code == "invalid_email", f.Code == "user_exists":
		v.EmailProblem = f.Message
	case strings.HasPrefix(f.Code, "password_"):
		v.PassProblem = f.Message
	case f.Kind == fault.Invalid:
		v.NameProblem = f.Message
	default:
		v.Problem = fault.Public(err)
	}
	return s.renderSetup(w, r, f.Kind.Status(), link, v)
}

func (s *Service) renderSetup(w http.ResponseWriter, r *http.Request, status int, link *staff.Link, v pages.Setup) error {
	c, err := connection.Default(r.Context(), s.DB, s.Staff.Tenant)
	if err != nil {
		return err
	}
	v.Action, v.Recovery, v.MinimumLength = setupPath, link.Purpose == staff.Recovery, c.Settings.Password.MinLength
	ui.SecurityHeaders(w, ui.Headers{})
	return pages.RenderSetup(w, status, v)
}

func hiddenToken(token string) []ui.Hidden { return []ui.Hidden{{Name: "token", Value: token}} }

package login

import (
	"net/http"

	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// asked finds who is asked for consent: the user whose session it was asked of,
// when that session is still this browser's.
func (s *Service) asked(r *http.Request, v *visit) (*session.Session, *user.User, error) {
	open, u, err := s.Session(r)
	if err != nil || open == nil || open.ID != v.journey.Stage.ConsentBy {
		return nil, nil, err
	}
	return open, u, nil
}

func (s *Service) showConsent(w http.ResponseWriter, r *http.Request, v *visit) error {
	open, u, err := s.asked(r, v)
	if err != nil {
		return err
	}
	if open == nil { // Nobody is asked, or somebody else: see what is needed now.
		return redirect(w, r, v.journey.address(Resume))
	}
	return render(w, v, http.StatusOK, pages.RenderConsent, pages.Consent{
		Page: v.page(), Action: v.journey.address(NeedConsent.path()), Person: u.Email,
		SwitchURL: v.journey.address(NeedLogin.path()), Scopes: v.journey.Stage.Scopes,
	})
}

func (s *Service) postConsent(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := web.Params(r)
	if err != nil {
		return err
	}
	open, _, err := s.asked(r, v)
	if err != nil {
		return err
	}
	answer, ok := map[string]string{"accept": Accepted, "deny": Denied}[form.Get("action")]
	if !ok {
		return Page(pages.InvalidRequest, "", "The answer must be accept or deny.")
	}
	if open == nil {
		return redirect(w, r, v.journey.address(Resume))
	}
	ctx := r.Context()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		return change(ctx, tx, v.journey, func(stage *Stage) {
			if stage.ConsentBy == open.ID {
				stage.Consent = answer
			}
		})
	})
	if err != nil {
		return err
	}
	return redirect(w, r, v.journey.address(Resume))
}

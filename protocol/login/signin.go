package login

import (
	"context"
	"net/http"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

func loginView(v *visit, email string) pages.Login {
	view := pages.Login{Page: v.page(), Action: v.journey.address(NeedLogin.path()), Email: email}
	if !v.connection.Settings.DisableSignup {
		view.SignUpURL = v.journey.address(NeedSignup.path())
	}
	return view
}

func (s *Service) showLogin(w http.ResponseWriter, _ *http.Request, v *visit) error {
	return render(w, v, http.StatusOK, pages.RenderLogin, loginView(v, v.journey.LoginHint))
}

func (s *Service) postLogin(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := web.Params(r)
	if err != nil {
		return err
	}
	view := loginView(v, form.Get("username"))
	address, key, err := user.Address(view.Email)
	if err != nil {
		view.EmailProblem = pages.EmailInvalid
	}
	if !form.Has("username") {
		view.EmailProblem = pages.EmailMissing
	}
	if !form.Has("password") {
		view.PasswordProblem = pages.PasswordMissing
	}
	if view.EmailProblem != "" || view.PasswordProblem != "" {
		return render(w, v, http.StatusBadRequest, pages.RenderLogin, view)
	}
	no, err := s.signIn(w, r, v, &claim{address: address, key: key, password: form.Get("password")})
	if err != nil {
		if no, err = refused(w, err); err != nil {
			return err
		}
	}
	if no.problem != "" {
		view.Problem = no.problem
		return render(w, v, no.status, pages.RenderLogin, view)
	}
	return redirect(w, r, v.journey.address(Resume))
}

// signIn tries the claim. It takes the same steps whether or not the account
// exists: a look-up, a password's hash, a transaction with one event.
func (s *Service) signIn(w http.ResponseWriter, r *http.Request, v *visit, c *claim) (refusal, error) {
	ctx := r.Context()
	if err := s.Limits.Check(r, limit.LoginFailure, v.tenant.ID); err != nil {
		return refusal{}, err
	}
	if err := s.look(ctx, v, c); err != nil {
		return refusal{}, err
	}
	attempt, err := s.attempt(r, v, c)
	if err != nil {
		return refusal{}, err
	}
	pass, err := s.Shield.Check(ctx, s.DB, attempt)
	if err != nil {
		return refusal{}, err
	}
	defer pass.Release()
	ok, renewed, err := s.Hasher.Verify(fromPlace(r), c.hash, c.password)
	if err != nil {
		return refusal{}, err
	}
	c.renewed = renewed
	if ok && !c.user.Blocked {
		ok, err = s.admit(w, r, v, c, attempt)
		if ok || err != nil {
			return refusal{}, err
		}
	}
	// Whoever hangs up has guessed all the same.
	return s.refuse(context.WithoutCancel(ctx), r, v, c, attempt, ok)
}

// admit signs the user in. It reports false when the user was blocked, or the
// password changed, while it was hashed.
func (s *Service) admit(w http.ResponseWriter, r *http.Request, v *visit, c *claim, a *shield.Attempt) (bool, error) {
	ctx := r.Context()
	former, err := s.former(r)
	if err != nil {
		return false, err
	}
	var open *session.Session
	var token string
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		open = nil
		u, err := user.Find(ctx, tx, v.tenant.ID, c.user.ID)
		if fault.Is(err, fault.NotFound) || err == nil && u.Blocked {
			return nil
		}
		if err != nil {
			return err
		}
		if hash, _, err := credential.Get(ctx, tx, c.account); err != nil || hash.Encoded != c.hash.Encoded {
			return err
		}
		if c.renewed != nil {
			if err := credential.Renew(ctx, tx, c.account, c.hash, *c.renewed); err != nil {
				return err
			}
		}
		if err := s.Shield.Succeeded(ctx, tx, a); err != nil {
			return err
		}
		open, token, err = s.enter(ctx, tx, r, v, u, former)
		return err
	})
	if err != nil || open == nil {
		return false, err
	}
	web.RecordOf(r).User, web.RecordOf(r).Event = c.user.ID, SignedIn.Name
	return true, s.keep(w, open, token)
}

// enter starts the session of a user who has proved themselves, and notes it in
// the journey.
func (s *Service) enter(ctx context.Context, tx *db.Tx, r *http.Request, v *visit, u *user.User, former *session.Session) (*session.Session, string, error) {
	open, token, err := start(ctx, tx, r, v.tenant, u.ID, former)
	if err != nil {
		return nil, "", err
	}
	if err := user.SignedIn(ctx, tx, v.tenant.ID, u.ID, address(r)); err != nil {
		return nil, "", err
	}
	if err := change(ctx, tx, v.journey, func(stage *Stage) { stage.SignedIn = open.ID }); err != nil {
		return nil, "", err
	}
	return open, token, s.Journal.Record(ctx, tx, with(v.event(SignedIn, u.Ref(), ""), open))
}

// refuse counts and records the failure. proved is true when the password was
// right: only then may the answer tell that the account is blocked.
func (s *Service) refuse(ctx context.Context, r *http.Request, v *visit, c *claim, a *shield.Attempt, proved bool) (refusal, error) {
	kind, why, no := PasswordWrong, "Wrong password.", refusal{pages.WrongCredentials, http.StatusBadRequest}
	switch {
	case c.user == nil:
		kind, why = UserUnknown, "There is no user with this address."
	case proved:
		kind, why, no = Refused, "The user is blocked.", refusal{pages.AccountBlocked, http.StatusForbidden}
	}
	web.RecordOf(r).Event = kind.Name
	sprayed := !proved && s.failedFrom(r, v)
	return no, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Journal.Record(ctx, tx, v.event(kind, c.ref(), why)); err != nil || proved {
			return err
		}
		if sprayed {
			if err := s.Journal.Record(ctx, tx, addressBlocked(r, v)); err != nil {
				return err
			}
		}
		blocked, err := s.Shield.Failed(ctx, tx, a)
		if err != nil || !blocked {
			return err
		}
		return s.Journal.Record(ctx, tx, v.event(Blocked, c.ref(), "Too many failed sign-ins came from one address."))
	})
}

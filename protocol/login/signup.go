package login

import (
	"context"
	"net/http"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

func signUpView(v *visit, email string) pages.SignUp {
	view := pages.SignUp{
		Page: v.page(), Action: v.journey.address(NeedSignup.path()), Email: email,
		LoginURL: v.journey.address(NeedLogin.path()), MinimumLength: v.connection.Settings.Password.MinLength,
	}
	if v.connection.Settings.DisableSignup {
		view.Problem = pages.SignUpClosed
	}
	return view
}

func (s *Service) showSignUp(w http.ResponseWriter, _ *http.Request, v *visit) error {
	view, status := signUpView(v, v.journey.LoginHint), http.StatusOK
	if view.Problem != "" {
		status = http.StatusForbidden
	}
	return render(w, v, status, pages.RenderSignUp, view)
}

func (s *Service) postSignUp(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := web.Params(r)
	if err != nil {
		return err
	}
	view := signUpView(v, form.Get("email"))
	if view.Problem != "" {
		return render(w, v, http.StatusForbidden, pages.RenderSignUp, view)
	}
	address, _, err := user.Address(view.Email)
	if err != nil {
		view.EmailProblem = pages.EmailInvalid
	}
	if !form.Has("email") {
		view.EmailProblem = pages.EmailMissing
	}
	if view.PasswordProblem, err = s.passwordProblem(r.Context(), v, form.Get("password"), address); err != nil {
		return err
	}
	if view.EmailProblem != "" || view.PasswordProblem != "" {
		return render(w, v, http.StatusBadRequest, pages.RenderSignUp, view)
	}
	no, err := s.signUp(w, r, v, address, form.Get("password"))
	if err != nil {
		if no, err = refused(w, err); err != nil {
			return err
		}
	}
	if no.problem != "" {
		view.Problem = no.problem
		return render(w, v, no.status, pages.RenderSignUp, view)
	}
	return redirect(w, r, v.journey.address(Resume))
}

// problemsOf are the words of the pages for the codes of the password policy.
var problemsOf = map[string]pages.Problem{
	"password_too_short":        pages.PasswordTooShort,
	"password_too_long":         pages.PasswordTooLong,
	"password_contains_address": pages.PasswordHasEmail,
}

func (s *Service) passwordProblem(ctx context.Context, v *visit, password, address string) (pages.Problem, error) {
	if password == "" {
		return pages.PasswordMissing, nil
	}
	err := v.connection.Settings.Password.Accept(ctx, password, address, s.Screen)
	if err == nil {
		return "", nil
	}
	if !fault.Is(err, fault.Invalid) {
		return "", err
	}
	if problem, ok := problemsOf[fault.From(err).Code]; ok {
		return problem, nil
	}
	return pages.Problem(fault.Public(err)), nil
}

// signUp makes the user and signs them in. An address that has an account
// already is refused in words that do not say so, after the same work.
func (s *Service) signUp(w http.ResponseWriter, r *http.Request, v *visit, address, password string) (refusal, error) {
	ctx := r.Context()
	former, err := s.former(r)
	if err != nil {
		return refusal{}, err
	}
	hash, err := s.Hasher.Hash(fromPlace(r), password)
	if err != nil {
		return refusal{}, err
	}
	var u *user.User
	var open *session.Session
	var token string
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if u, err = s.create(ctx, tx, v, address, hash); err != nil {
			return err
		}
		open, token, err = s.enter(ctx, tx, r, v, u, former)
		return err
	})
	if refusable(err) {
		return s.refuseSignUp(ctx, r, v, address, err)
	}
	if err != nil {
		return refusal{}, err
	}
	web.RecordOf(r).User, web.RecordOf(r).Event = u.ID, SignedUp.Name
	return refusal{}, s.keep(w, open, token)
}

func refusable(err error) bool {
	return fault.From(err) != nil && fault.From(err).Code == "user_exists"
}

func (s *Service) create(ctx context.Context, tx *db.Tx, v *visit, address string, hash credential.Hash) (*user.User, error) {
	u, err := user.Create(ctx, tx, user.New{Tenant: v.tenant.ID, Connection: v.connection.ID, Provider: v.connection.Strategy, Email: address})
	if err != nil {
		return nil, err
	}
	accounts, err := user.Identities(ctx, tx, u.Tenant, u.ID)
	if err != nil {
		return nil, err
	}
	account := credential.Account{Tenant: u.Tenant, Connection: v.connection.ID, Account: accounts[0].Account}
	if err := credential.Set(ctx, tx, account, hash); err != nil {
		return nil, err
	}
	return u, s.Journal.Record(ctx, tx, v.event(SignedUp, u.Ref(), ""))
}

func (s *Service) refuseSignUp(ctx context.Context, r *http.Request, v *visit, address string, cause error) (refusal, error) {
	web.RecordOf(r).Event = SignupRefused.Name
	return refusal{pages.SignUpRefused, http.StatusBadRequest}, s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Journal.Record(ctx, tx, v.event(SignupRefused, stranger(address), fault.Public(cause)))
	})
}

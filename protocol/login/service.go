package login

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Service leads people through their journeys.
type Service struct {
	DB      *db.DB
	Keys    *keyring.Keyring
	Journal *journal.Journal
	Clock   clock.Clock
	Log     *slog.Logger
	Clients *client.Service
	Hasher  *credential.Hasher
	Shield  *shield.Shield
	Limits  *limit.Gate
	Screen  credential.Screener // of new passwords; nil screens nothing
	Cookies web.Cookies

	connections tenant.Cache[*connection.Connection]
	shieldKeys  tenant.Cache[[]byte]
}

// Begin stores the request, binds it to this browser and sends the browser to
// the page of the need.
func (s *Service) Begin(w http.ResponseWriter, r *http.Request, b Begin) error {
	ctx := r.Context()
	j := &Journey{Tenant: tenant.From(ctx).ID, Client: b.Client.ID, Request: b.Request, LoginHint: b.LoginHint, Stage: Stage{Need: b.Need}}
	if len(b.Locales) > 0 {
		j.Stage.Language = b.Locales[0]
	}
	if err := s.ask(r, b.Need, b.Consent, &j.Stage); err != nil {
		return err
	}
	browser, err := s.bind(w, r)
	if err != nil {
		return err
	}
	j.browser = browser
	j.State, j.id = newSecret()
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.insert(ctx, tx, j) }); err != nil {
		return err
	}
	return redirect(w, r, j.address(b.Need.path()))
}

// ask puts a need into the stage. Consent is asked of whoever is signed in.
func (s *Service) ask(r *http.Request, need Need, c *Consent, stage *Stage) error {
	stage.Need = need
	if need != NeedConsent {
		return nil
	}
	open, _, err := s.Session(r)
	if err != nil {
		return err
	}
	if c == nil || open == nil {
		return fmt.Errorf("consent needs scopes and a person")
	}
	stage.Scopes, stage.ConsentBy, stage.Consent = c.Scopes, open.ID, ""
	return nil
}

// bind gives the browser a secret that its journeys belong to, or keeps the one
// it has: several tabs may be on their way.
func (s *Service) bind(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	text, _ := s.Cookies.Get(r, web.JourneyCookie)
	stored, ok := storedForm(text)
	if !ok {
		text, stored = newSecret()
	}
	if err := s.Cookies.Set(w, web.JourneyCookie, text, Life); err != nil {
		return nil, fmt.Errorf("bind journey: %w", err)
	}
	return stored, nil
}

// Resume finds the journey that the address names, if it is this browser's and
// still open. Errors: the page of an expired session.
func (s *Service) Resume(r *http.Request) (*Journey, error) {
	ctx := r.Context()
	query, err := web.ParseForm(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	state := query.Get("state")
	id, stateOK := storedForm(state)
	cookie, _ := s.Cookies.Get(r, web.JourneyCookie)
	browser, browserOK := storedForm(cookie)
	if !stateOK || !browserOK {
		return nil, expired()
	}
	j, err := s.find(ctx, s.DB, tenant.From(ctx).ID, state, id)
	if db.NoRows(err) {
		return nil, expired()
	}
	if err != nil {
		return nil, fmt.Errorf("find journey: %w", err)
	}
	if !j.belongs(browser) || !s.Clock.Now().Before(j.ExpiresAt) {
		return nil, expired()
	}
	return j, nil
}

// Continue sends the browser to another page of its journey. Errors: the page
// of an expired session when the journey has been finished.
func (s *Service) Continue(w http.ResponseWriter, r *http.Request, j *Journey, need Need, c *Consent) error {
	ctx, asked := r.Context(), Stage{}
	if err := s.ask(r, need, c, &asked); err != nil {
		return err
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		return change(ctx, tx, j, func(stage *Stage) {
			stage.Need = need
			if need == NeedConsent {
				stage.Scopes, stage.ConsentBy, stage.Consent = asked.Scopes, asked.ConsentBy, ""
			}
		})
	})
	if err != nil {
		return err
	}
	return redirect(w, r, j.address(need.path()))
}

// Finish ends the journey in the transaction that answers it, and reports
// whether it was still open: of several at once exactly one is told so.
func (s *Service) Finish(ctx context.Context, tx *db.Tx, j *Journey) (bool, error) {
	return remove(ctx, tx, j)
}

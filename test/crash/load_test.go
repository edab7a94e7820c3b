package crash

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/test/house"
)

const password = "a long walk in the rain"

// ledger is what the applications and people remember of one round.
type ledger struct {
	mu        sync.Mutex
	exchanged []exchanged // acknowledged
	doubtful  []string    // codes whose answer never came
	chains    []*chain
	people    []string // who were told that they have an account
}

type exchanged struct{ code, refresh string }

// chain is one family as its application sees it.
type chain struct {
	used     []string // acknowledged as replaced
	newest   string
	doubtful bool // the newest was sent once more and no answer came
}

// load is what puts the server to work.
type load struct {
	program *house.Program
	main    *app.DemoClient
	alice   app.DemoUser
	round   int
	stop    atomic.Bool
	ledger  ledger
}

// errRefused is an answer that is not what a healthy server would give.
type errRefused struct {
	status int
	body   string
}

func (e errRefused) Error() string { return fmt.Sprintf("%d %s", e.status, e.body) }

func send(c *http.Client, method, address string, form url.Values, basic *app.DemoClient) (*http.Response, string, error) {
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if basic != nil {
		r.Header.Set("Authorization", house.Basic(basic.ClientID, basic.ClientSecret))
	}
	answer, err := c.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

// code brings a browser from the application to the server and back. fields
// are what it types when it is asked.
func code(c *http.Client, request string, fields url.Values) (string, error) {
	answer, body, err := send(c, http.MethodGet, request, nil, nil)
	if err == nil && answer.StatusCode == http.StatusOK && fields != nil {
		answer, body, err = send(c, http.MethodPost, answer.Request.URL.String(), fields, nil)
	}
	if err != nil {
		return "", err
	}
	to, err := answer.Location()
	if err != nil || to.Query().Get("code") == "" {
		return "", errRefused{answer.StatusCode, body}
	}
	return to.Query().Get("code"), nil
}

func signIn(u app.DemoUser) url.Values {
	return url.Values{"username": {u.Email}, "password": {u.Password}, "action": {"default"}}
}

func (l *load) token(c *http.Client, pairs ...string) (refresh string, err error) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	answer, body, err := send(c, http.MethodPost, house.Public+"/oauth/token", form, l.main)
	if err != nil {
		return "", err
	}
	var got struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", errRefused{answer.StatusCode, body}
	}
	return got.RefreshToken, nil
}

func (l *load) exchange(c *http.Client, code string) (string, error) {
	return l.token(c, "grant_type", "authorization_code", "code", code, "redirect_uri", l.main.RedirectURIs[0], "code_verifier", house.Verifier)
}

func (l *load) refresh(c *http.Client, token string) (string, error) {
	return l.token(c, "grant_type", "refresh_token", "refresh_token", token)
}

// complain tells of a refusal; that the server has gone away is no fault.
func (l *load) complain(what string, err error) {
	var refused errRefused
	if errors.As(err, &refused) {
		l.program.Errorf("%s: %v", what, err)
	}
}

// exchanges redeems codes until the server is gone.
func (l *load) exchanges(c *http.Client) {
	for !l.stop.Load() {
		got, err := code(c, house.Request(l.main), nil)
		if err != nil {
			l.complain("a code", err)
			return
		}
		refresh, err := l.exchange(c, got)
		l.ledger.mu.Lock()
		if err == nil {
			l.ledger.exchanged = append(l.ledger.exchanged, exchanged{got, refresh})
		} else {
			l.ledger.doubtful = append(l.ledger.doubtful, got)
		}
		l.ledger.mu.Unlock()
		if err != nil {
			l.complain("an exchange", err)
			return
		}
	}
}

// refreshes uses one family until the server is gone.
func (l *load) refreshes(c *http.Client, h *chain) {
	for !l.stop.Load() {
		next, err := l.refresh(c, h.newest)
		if err != nil {
			h.doubtful = true
			l.complain("a refresh", err)
			return
		}
		h.used, h.newest = append(h.used, h.newest), next
	}
}

// joins signs people up until the server is gone.
func (l *load) joins() {
	for i := 0; !l.stop.Load(); i++ {
		email := fmt.Sprintf("person-%d-%d@demo.example", l.round, i)
		_, err := code(l.program.Client(), house.Request(l.main, "screen_hint", "signup"), url.Values{"email": {email}, "password": {password}, "action": {"default"}})
		if err != nil {
			l.complain("a sign-up", err)
			return
		}
		l.ledger.people = append(l.ledger.people, email)
	}
}

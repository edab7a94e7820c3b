package stories

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatehouse/gatehouse/test/house"
)

// story is one script under way.
type story struct {
	*testing.T
	binary, work string
	program      *house.Program
	house        *house.House
	browser      *house.Browser
	page         *house.Page
	tokens       *house.Tokens
}

func (s *story) end() {
	if s.program != nil {
		s.program.Kill()
		s.program = nil
	}
}

// commands are the words of a story beside those of testscript.
func (s *story) commands() map[string]func(*testscript.TestScript, bool, []string) {
	words := map[string]func(ts *testscript.TestScript, args []string) error{
		"start":    s.start,     // the server on the story's data folder, with further flags
		"halt":     s.stop,      // it, by SIGTERM; what it said is the output
		"sql":      s.sql,       // changes the server's database behind its back
		"house":    s.open,      // the product in process, furnished with the demo
		"forward":  s.forward,   // moves the house's clock: forward 15m
		"ask":      s.authorize, // an authorization request of demo-main, with parameters name=value
		"visit":    s.visit,     // an address
		"fill":     s.fill,      // the page's form and sends it: name=value
		"redeem":   s.redeem,    // the code that the browser came back with
		"refresh":  s.refresh,   // with the newest refresh token, or the one given
		"userinfo": s.userinfo,  // of the newest access token
	}
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range words {
		all[name] = func(ts *testscript.TestScript, negated bool, args []string) {
			if err := run(ts, args); (err != nil) != negated {
				ts.Fatalf("%s: %v", name, err)
			}
		}
	}
	return all
}

func (s *story) start(ts *testscript.TestScript, args []string) error {
	s.program = house.NewProgram(s.T, s.binary, args...)
	s.program.Data = filepath.Join(s.work, "data")
	s.program.Start()
	return nil
}

func (s *story) stop(ts *testscript.TestScript, _ []string) error {
	err := s.program.Stop()
	_, _ = fmt.Fprint(ts.Stdout(), s.program.Said())
	s.program = nil
	return err
}

func (s *story) sql(_ *testscript.TestScript, args []string) error {
	d, err := sql.Open("sqlite", filepath.Join(s.work, "data", "gatehouse.db"))
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	_, err = d.Exec(strings.Join(args, " "))
	return err
}

func (s *story) open(ts *testscript.TestScript, _ []string) error {
	s.house = house.Open(s.T)
	s.browser = s.house.Browser()
	for name, person := range map[string]int{"alice": 0, "bob": 1} {
		ts.Setenv(name, s.house.Demo.Users[person].Email)
		ts.Setenv(name+"_password", s.house.Demo.Users[person].Password)
	}
	return nil
}

func (s *story) forward(_ *testscript.TestScript, args []string) error {
	d, err := time.ParseDuration(args[0])
	if err == nil {
		s.house.Forward(d)
	}
	return err
}

func (s *story) authorize(ts *testscript.TestScript, args []string) error {
	return s.show(ts, s.browser.Get(house.Request(s.house.Main(), pairs(args)...)))
}

func (s *story) visit(ts *testscript.TestScript, args []string) error {
	return s.show(ts, s.browser.Get(args[0]))
}

func (s *story) fill(ts *testscript.TestScript, args []string) error {
	return s.show(ts, s.browser.Submit(s.page, pairs(args)...))
}

// show prints a page as its status, address and words, or where it leads.
func (s *story) show(ts *testscript.TestScript, p *house.Page) error {
	s.page = p
	_, _ = fmt.Fprintf(ts.Stdout(), "%d %s\n", p.Status, p.URL.Path)
	if to := p.Location(); to != nil {
		_, _ = fmt.Fprintf(ts.Stdout(), "to %s\n", to)
		for name, values := range to.Query() {
			ts.Setenv(name, values[0])
		}
	}
	_, _ = fmt.Fprintln(ts.Stdout(), p.Text())
	return nil
}

func (s *story) redeem(ts *testscript.TestScript, args []string) error {
	return s.given(ts, s.house.Exchange(s.house.Main(), ts.Getenv("code"), pairs(args)...))
}

func (s *story) refresh(ts *testscript.TestScript, args []string) error {
	token := ts.Getenv("refresh_token")
	if len(args) > 0 {
		token = args[0]
	}
	return s.given(ts, s.house.Refresh(s.house.Main(), token))
}

func (s *story) given(ts *testscript.TestScript, t *house.Tokens) error {
	_, _ = fmt.Fprintf(ts.Stdout(), "%d %s\n", t.Status, t.Body)
	if !t.OK() {
		return fmt.Errorf("%d %s", t.Status, t.Body)
	}
	s.tokens = t
	ts.Setenv("refresh_token", t.RefreshToken)
	return nil
}

func (s *story) userinfo(ts *testscript.TestScript, _ []string) error {
	a := s.house.Userinfo(s.tokens.AccessToken)
	_, _ = fmt.Fprintf(ts.Stdout(), "%d %s\n", a.Status, a.Body)
	if a.Status != 200 {
		return fmt.Errorf("%d", a.Status)
	}
	return nil
}

func pairs(args []string) (all []string) {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if unescaped, err := url.QueryUnescape(value); err == nil && strings.Contains(value, "%") {
			value = unescaped
		}
		all = append(all, name, value)
	}
	return all
}

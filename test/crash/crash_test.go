package crash

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/test/house"
)

// rounds is how often the server is killed: twice, or GATEHOUSE_TEST_CRASH_ROUNDS.
func rounds(t *testing.T) int {
	text := os.Getenv("GATEHOUSE_TEST_CRASH_ROUNDS")
	if text == "" {
		return 2
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatWasAcknowledgedSurvivesKill9(t *testing.T) {
	path := house.Build(t)
	t.Run("SQLite", func(t *testing.T) { crash(t, path) })
	if dbtest.PostgresURL() != "" {
		t.Run("PostgreSQL", func(t *testing.T) { crash(t, path, "--database-url", dbtest.PostgresSchema(t)) })
	}
}

func crash(t *testing.T, path string, further ...string) {
	p := house.NewProgram(t, path, append(further, "--rate-multiplier", "1000", "--log-level", "warn")...)
	p.Start()
	demo := p.Furnish()
	total := [4]int{}
	for round := range rounds(t) {
		l := &load{program: p, main: demo.Clients["main"], alice: demo.Users[0], round: round}
		l.work(t)
		for i, n := range []int{len(l.ledger.exchanged), len(l.ledger.people), len(l.ledger.chains), len(l.ledger.doubtful)} {
			total[i] += n
		}
		for _, h := range l.ledger.chains {
			total[2] += len(h.used)
		}
		p.Start()
		l.check(t)
		if out, err := p.Run("audit", "verify"); err != nil || !strings.Contains(out, "agree") {
			t.Errorf("round %d: the journal: %v %s", round, err, out)
		}
		if t.Failed() {
			t.Fatalf("after %d rounds", round+1)
		}
	}
	t.Logf("%d exchanges, %d sign-ups, %d refreshes were acknowledged; %d codes got no answer", total[0], total[1], total[2], total[3])
	if total[0] == 0 || total[1] == 0 || total[2] == 0 {
		t.Error("too little was acknowledged for this to show anything")
	}
	if err := p.Stop(); err != nil {
		t.Errorf("told to end, the server says %v", err)
	}
}

// work loads the server and kills it at a moment that nobody could choose.
func (l *load) work(t *testing.T) {
	var busy sync.WaitGroup
	var browsers []*http.Client
	for range 4 {
		c := l.program.Client()
		first, err := code(c, house.Request(l.main), signIn(l.alice))
		if err != nil {
			t.Fatal(err)
		}
		refresh, err := l.exchange(c, first)
		if err != nil {
			t.Fatal(err)
		}
		l.ledger.chains = append(l.ledger.chains, &chain{newest: refresh})
		browsers = append(browsers, c)
	}
	for i, c := range browsers {
		busy.Go(func() { l.exchanges(c) })
		busy.Go(func() { l.refreshes(l.program.Client(), l.ledger.chains[i]) })
	}
	busy.Go(l.joins)
	time.Sleep(time.Second + time.Duration(rand.IntN(1000))*time.Millisecond)
	l.program.Kill()
	l.stop.Store(true)
	busy.Wait()
}

// check looks for everything that was acknowledged, then uses everything twice.
func (l *load) check(t *testing.T) {
	c := l.program.Client()
	gone := func(what string, _ string, err error) {
		t.Helper()
		var refused errRefused
		if !errors.As(err, &refused) || !strings.Contains(refused.body, "invalid_grant") {
			t.Errorf("%s: %v, want invalid_grant", what, err)
		}
	}
	for _, e := range l.ledger.exchanged {
		if !l.active(t, c, e.refresh) {
			t.Error("the family of an acknowledged exchange is gone")
		}
		again, err := l.exchange(c, e.code)
		gone("a code that was acknowledged", again, err)
	}
	for _, code := range l.ledger.doubtful { // Once is right whether or not it was committed; twice never is.
		_, _ = l.exchange(c, code)
		again, err := l.exchange(c, code)
		gone("a code for the second time", again, err)
	}
	for _, h := range l.ledger.chains {
		next, err := l.refresh(c, h.newest)
		if err != nil && !h.doubtful {
			t.Errorf("the newest refresh token: %v", err)
		}
		again, err := l.refresh(c, h.newest)
		gone("a refresh token for the second time", again, err)
		rest := h.used[max(0, len(h.used)-3):]
		if next != "" {
			rest = append(rest, next)
		}
		for _, token := range rest {
			again, err := l.refresh(c, token)
			gone("a token of a family that was replayed", again, err)
		}
	}
	for _, email := range l.ledger.people[max(0, len(l.ledger.people)-5):] {
		if _, err := code(l.program.Client(), house.Request(l.main), signIn(app.DemoUser{Email: email, Password: password})); err != nil {
			t.Errorf("%s has signed up and cannot sign in: %v", email, err)
		}
	}
}

func (l *load) active(t *testing.T, c *http.Client, token string) bool {
	_, body, err := send(c, http.MethodPost, house.Public+"/oauth/introspect", url.Values{"token": {token}}, l.main)
	if err != nil {
		t.Error(err)
	}
	return strings.Contains(body, `"active":true`)
}

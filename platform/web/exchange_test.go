package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

func TestHandlersThatFail(t *testing.T) {
	h := newHouse(t, web.Options{}, one(
		web.Route{Pattern: "GET /panic", Permission: "public", Handle: func(http.ResponseWriter, *http.Request) error { panic("secret of the house") }},
		web.Route{Pattern: "GET /plain", Permission: "public", Handle: func(http.ResponseWriter, *http.Request) error { return errors.New("secret of the house") }},
		web.Route{Pattern: "GET /limited", Permission: "public", Handle: func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.Limited, "").After(1500 * time.Millisecond)
		}},
	))
	for _, tt := range []struct {
		name, target string
		status       int
		retry        string
	}{
		{"a panic is 500 and says nothing", "/panic", 500, ""},
		{"a plain error is 500 and says nothing", "/plain", 500, ""},
		{"a limit says when to come again, rounded up", "/limited", 429, "2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := h.do(httptest.NewRequest("GET", tt.target, nil))
			if w.Code != tt.status || w.Header().Get("Retry-After") != tt.retry || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
	if lines := h.lines(t, "panic"); len(lines) != 1 || !strings.Contains(lines[0]["stack"].(string), "mux_test.go") {
		t.Errorf("the panic's stack is not in the log: %v", lines)
	}
	if got := h.lines(t, "request"); len(got) != 3 || got[1]["error"] != "secret of the house" {
		t.Errorf("the cause is not in the log: %v", got)
	}
}

func TestAPanicAfterTheHeaderCutsTheAnswer(t *testing.T) {
	h := newHouse(t, web.Options{}, one(web.Route{Pattern: "GET /", Permission: "public", Handle: func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusOK)
		panic("late")
	}}))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the connection is not cut: %v", p)
		}
		if len(h.lines(t, "request")) != 1 {
			t.Error("the request is not in the log")
		}
	}()
	h.do(httptest.NewRequest("GET", "/", nil))
}

func TestAPanicInAnErrorPageStillAnswers(t *testing.T) {
	s := one(web.Route{Pattern: "GET /", Permission: "public", Handle: func(http.ResponseWriter, *http.Request) error { return errors.New("first") }})
	s.Error = func(http.ResponseWriter, *http.Request, error) { panic("second") }
	if w := newHouse(t, web.Options{}, s).do(httptest.NewRequest("GET", "/", nil)); w.Code != 500 {
		t.Errorf("status %d", w.Code)
	}
}

func TestAClientThatLeftIsNoErrorOfOurs(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	h := newHouse(t, web.Options{}, one(web.Route{Pattern: "GET /", Permission: "public", Handle: func(_ http.ResponseWriter, r *http.Request) error {
		leave()
		return r.Context().Err()
	}}))
	h.do(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	if line := h.lines(t, "request")[0]; line["status"] != 499.0 || line["level"] != "INFO" {
		t.Errorf("logged as %v", line)
	}
}

func TestTheContextEndsWithItsRequest(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	h := newHouse(t, web.Options{}, one(web.Route{Pattern: "GET /", Permission: "public", Handle: func(w http.ResponseWriter, r *http.Request) error {
		child, cancel := context.WithTimeout(r.Context(), time.Hour)
		defer cancel()
		if web.RecordFrom(child) != web.RecordOf(r) {
			t.Error("a derived context has another record")
		}
		leave()
		<-child.Done()
		return web.NoContent(w)
	}}))
	h.do(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
}

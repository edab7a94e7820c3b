package oauth_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/guard/limit"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
	"github.com/gatehouse/gatehouse/protocol/oauth"
)

// TestMadeUpClientsShareACount is the attack: one address fails to authenticate
// as client after client, none of which exists.
func TestMadeUpClientsShareACount(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	w := logintest.Open(t, dbtest.Open(t, clk), clk, nil)
	limits, err := limit.New(limit.Config{Rates: map[limit.Class]limit.Rate{limit.TokenFailureAddress: {PerSecond: 1, Burst: 20}}})
	w.Must(err)
	server := &oauth.Service{DB: w.DB, Journal: w.Journal, Clock: clk, Tenants: w.Tenants, Clients: w.Clients, Login: w.Login,
		Limits: &limit.Gate{Limiter: limits, Clock: clk}}
	w.Must(w.Mux.Mount(server.Routes()))
	try := func(b *logintest.Browser, id string) *logintest.Answer {
		return b.Post("https://"+logintest.Host(logintest.Acme)+"/oauth/token",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {"guessed"}})
	}
	b := w.Browser()
	for i := range 20 {
		try(b, "made-up-"+strconv.Itoa(i)).Want(http.StatusUnauthorized)
	}
	for _, id := range []string{"made-up-20", logintest.App} {
		if got := try(b, id).Want(http.StatusTooManyRequests).Header.Get("Retry-After"); got != "1" {
			t.Errorf("%s may come back in %s seconds", id, got)
		}
	}
	elsewhere := w.Browser()
	elsewhere.IP = "198.51.100.4"
	try(elsewhere, "made-up-21").Want(http.StatusUnauthorized)
	clk.Forward(time.Second)
	try(b, "made-up-22").Want(http.StatusUnauthorized)
}

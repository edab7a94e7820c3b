package attack

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/test/house"
)

// answer asks the product without a network, which a fuzzer has no time for.
func answer(h *house.House, target string, cookies string) *httptest.ResponseRecorder {
	r := &http.Request{Method: http.MethodGet, Host: "localhost", URL: &url.URL{}, Header: http.Header{}, RemoteAddr: "127.0.0.1:1", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	w := httptest.NewRecorder()
	h.App.Mux.ServeHTTP(w, r)
	return w
}

// leads tells where an answer may send a browser: to our own pages or to the
// one registered address.
func leads(t *testing.T, w *httptest.ResponseRecorder, what string) {
	t.Helper()
	to := w.Header().Get("Location")
	if w.Code >= 500 {
		t.Errorf("%s answers %d", what, w.Code)
	}
	if to != "" && !strings.HasPrefix(to, "/u/") && !strings.HasPrefix(to, "/authorize/resume?") && !strings.HasPrefix(to, "https://rp.example/cb?") && !strings.HasPrefix(to, "https://rp.example/cb#") &&
		!strings.HasPrefix(to, "http://localhost:3000") {
		t.Errorf("%s leads to %s", what, to)
	}
	if strings.ContainsAny(to, "\r\n") {
		t.Errorf("%s breaks the header: %q", what, to)
	}
}

func FuzzAuthorize(f *testing.F) {
	h := house.Open(f)
	for _, c := range []string{"main", "public"} {
		_, query, _ := strings.Cut(house.Request(h.Demo.Clients[c]), "?")
		f.Add(query)
		f.Add(query + "&prompt=none")
	}
	f.Add("client_id=demo-main&redirect_uri=https://rp.example/cb&response_type=code&state=%0d%0a&response_mode=fragment")
	f.Add("client_id=demo-main&redirect_uri=https://rp.example/cb@evil.example")
	f.Add("client_id=demo-main&max_age=99999999999999999999&prompt=none+login&claims={}")
	f.Fuzz(func(t *testing.T, query string) {
		leads(t, answer(h, "/authorize?"+query, ""), query)
	})
}

func FuzzResume(f *testing.F) {
	h := house.Open(f)
	b := h.Browser().Still()
	state := b.Get(house.Request(h.Main())).Location().Query().Get("state")
	good := journeyCookie + "=" + b.Cookie(house.Public, journeyCookie)
	f.Add("state="+state, good)
	f.Add("state="+state[:10], good)
	f.Add("state="+state, good+"; "+good)
	f.Add("state=%00&state=x", "__Host-gatehouse=\xff; ;=;\"")
	f.Add("", sessionCookie+"="+strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, query, cookies string) {
		for _, path := range []string{"/authorize/resume", "/u/login", "/u/consent"} {
			w := answer(h, path+"?"+query, cookies)
			leads(t, w, path+"?"+query)
			if strings.Contains(w.Header().Get("Location"), "code=") {
				t.Errorf("%s with %q gives a code and nobody has signed in", query, cookies)
			}
		}
	})
}

func FuzzToken(f *testing.F) {
	h := house.Open(f)
	f.Add("application/x-www-form-urlencoded", "Basic eDp5", "grant_type=refresh_token&refresh_token=x")
	f.Add("application/json", "", `{"grant_type":"authorization_code","code":"x","client_id":"demo-public","code_verifier":"y"}`)
	f.Add("application/x-www-form-urlencoded", "", "client_id=demo-public&grant_type=authorization_code&code=gate_ac_x")
	f.Fuzz(func(t *testing.T, kind, authorization, body string) {
		r := httptest.NewRequest(http.MethodPost, "https://localhost/oauth/token", strings.NewReader(body))
		r.Header["Content-Type"], r.Header["Authorization"] = []string{kind}, []string{authorization}
		w := httptest.NewRecorder()
		h.App.Mux.ServeHTTP(w, r)
		if w.Code != 400 && w.Code != 401 && w.Code != 415 && w.Code != 429 || !strings.HasPrefix(w.Body.String(), `{"error":"`) {
			t.Errorf("%q %q %q: %d %s", kind, authorization, body, w.Code, w.Body)
		}
	})
}

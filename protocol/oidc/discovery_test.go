package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/protocol/login/logintest"
)

func TestBothDocumentsDescribeTheIssuer(t *testing.T) {
	h := open(t)
	b := h.Browser()
	answer := b.Get(acme + "/.well-known/openid-configuration").Want(http.StatusOK)
	if b.Get(acme+"/.well-known/oauth-authorization-server").Body != answer.Body {
		t.Error("the documents differ")
	}
	var d map[string]any
	h.Must(json.Unmarshal([]byte(answer.Body), &d))
	for name, want := range map[string]any{
		"issuer": acme + "/", "jwks_uri": acme + "/.well-known/jwks.json", "end_session_endpoint": acme + "/oidc/logout",
		"request_uri_parameter_supported": false, "request_parameter_supported": false, "claims_parameter_supported": false,
		"authorization_response_iss_parameter_supported": true,
	} {
		if d[name] != want {
			t.Errorf("%s is %v, want %v", name, d[name], want)
		}
	}
	for _, absent := range []string{"registration_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint", "service_documentation"} {
		if _, ok := d[absent]; ok {
			t.Errorf("%s is advertised", absent)
		}
	}
	if got := d["response_types_supported"].([]any); !slices.Equal(got, []any{"code"}) {
		t.Errorf("response types are %v", got)
	}
	var elsewhere map[string]any
	h.Must(json.Unmarshal([]byte(b.Get(other+"/.well-known/openid-configuration").Body), &elsewhere))
	if elsewhere["issuer"] != other+"/" {
		t.Errorf("the other tenant is %v", elsewhere["issuer"])
	}
}

// TestEveryAdvertisedEndpointAnswers: whatever it says, it is there.
func TestEveryAdvertisedEndpointAnswers(t *testing.T) {
	h := open(t)
	b := h.Browser()
	var d map[string]any
	h.Must(json.Unmarshal([]byte(b.Get(acme+"/.well-known/openid-configuration").Body), &d))
	for name, value := range d {
		address, ok := value.(string)
		if !ok || name == "issuer" {
			continue
		}
		if get, post := b.Get(address).Status, b.Post(address, nil).Status; get == http.StatusNotFound || get == http.StatusMethodNotAllowed && post == get {
			t.Errorf("%s answers %d and %d", name, get, post)
		}
	}
}

func TestDocumentsAreCached(t *testing.T) {
	h := open(t)
	b := h.Browser()
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json"} {
		b.Header = http.Header{"Origin": {"https://elsewhere.example"}}
		answer := b.Get(acme + path).Want(http.StatusOK)
		tag := answer.Header.Get("Etag")
		if answer.Header.Get("Access-Control-Allow-Origin") != "*" || tag == "" {
			t.Errorf("%s has the headers %v", path, answer.Header)
		}
		for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			b.Header.Set("If-None-Match", known)
			if again := b.Get(acme + path).Want(http.StatusNotModified); again.Body != "" || again.Header.Get("Cache-Control") == "" {
				t.Errorf("%s is sent again to who knows %s", path, known)
			}
		}
		b.Header.Set("If-None-Match", `"x"`)
		b.Get(acme + path).Want(http.StatusOK)
		w := httptest.NewRecorder()
		h.Mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodHead, acme+path, nil))
		if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != answer.Header.Get("Content-Length") {
			t.Errorf("HEAD %s answers %d %v", path, w.Code, w.Header())
		}
	}
}

func TestKeysFollowRotation(t *testing.T) {
	h := open(t)
	b := h.Browser()
	read := func() (ids []string) {
		var set jose.JSONWebKeySet
		h.Must(json.Unmarshal([]byte(b.Get(acme+"/.well-known/jwks.json").Want(http.StatusOK).Body), &set))
		for _, k := range set.Keys {
			if !k.IsPublic() {
				t.Fatal("a private key is published")
			}
			ids = append(ids, k.KeyID)
		}
		return ids
	}
	before := read()
	if len(before) != 4 {
		t.Errorf("%d keys are published, want the current and next of two algorithms", len(before))
	}
	h.Must(h.tokens.Rotate(t.Context(), h.Tenant(logintest.Acme), journal.Ref{}, "ES256"))
	h.Clock.Forward(time.Second)
	after := read()
	if len(after) != 5 {
		t.Errorf("%d keys are published after a rotation", len(after))
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			t.Errorf("the key %s is gone", id)
		}
	}
}

func BenchmarkDiscovery(b *testing.B) {
	h := open(b)
	r := httptest.NewRequest(http.MethodGet, acme+"/.well-known/openid-configuration", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.Mux.ServeHTTP(httptest.NewRecorder(), r)
	}
}

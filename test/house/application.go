package house

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatehouse/gatehouse/app"
)

// The PKCE pair of every request that a test does not say otherwise of.
var (
	Verifier  = strings.Repeat("a-verifier-", 5)
	Challenge = challenge(Verifier)
)

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Main is the demo's web application.
func (h *House) Main() *app.DemoClient { return h.Demo.Clients["main"] }

// Other is another web application with the same callback.
func (h *House) Other() *app.DemoClient { return h.Demo.Clients["other"] }

// Public is the application without a secret.
func (h *House) Public() *app.DemoClient { return h.Demo.Clients["public"] }

// Service is the application that gets tokens of its own.
func (h *House) Service() *app.DemoClient { return h.Demo.Clients["m2m"] }

// Alice is the first of the demo's people.
func (h *House) Alice() app.DemoUser { return h.Demo.Users[0] }

// Bob is the other one.
func (h *House) Bob() app.DemoUser { return h.Demo.Users[1] }

// Request is the address of an authorization request of the application, with
// further parameters given in pairs; an empty value leaves one out.
func Request(c *app.DemoClient, pairs ...string) string {
	return RequestAt(Public, c, pairs...)
}

// RequestAt is a Request to the tenant at that address.
func RequestAt(base string, c *app.DemoClient, pairs ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {c.ClientID}, "redirect_uri": {c.RedirectURIs[0]},
		"scope": {"openid profile email offline_access"}, "state": {"the-state"}, "nonce": {"the-nonce"},
		"code_challenge": {Challenge}, "code_challenge_method": {"S256"}}
	set(q, pairs)
	return base + "/authorize?" + q.Encode()
}

func set(q url.Values, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
}

// SignedIn is a browser in which the person is signed in.
func (h *House) SignedIn(u app.DemoUser) *Browser {
	h.Helper()
	b := h.Browser()
	if code := b.SignIn(b.Get(Request(h.Main())), u).Answer().Get("code"); code == "" {
		h.Fatal("signing in gave no code")
	}
	return b
}

// Code is a fresh code for the application, from a browser that is signed in.
func (b *Browser) Code(c *app.DemoClient, pairs ...string) string {
	b.h.Helper()
	answer := b.Get(Request(c, pairs...)).Answer()
	if answer.Get("code") == "" {
		b.h.Fatalf("no code: %v", answer)
	}
	return answer.Get("code")
}

// Tokens is what the token endpoint answered.
type Tokens struct {
	Status       int
	Header       http.Header
	Body         string
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
	ExpiresIn    int64  `json:"expires_in"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
}

// OK reports whether tokens were given.
func (t *Tokens) OK() bool { return t.Status == http.StatusOK && t.AccessToken != "" }

// Exchange redeems a code; further parameters in pairs.
func (h *House) Exchange(c *app.DemoClient, code string, pairs ...string) *Tokens {
	h.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.RedirectURIs[0]}, "code_verifier": {Verifier}}
	set(form, pairs)
	return h.Token(Public, c, form)
}

// Refresh uses a refresh token.
func (h *House) Refresh(c *app.DemoClient, token string, pairs ...string) *Tokens {
	h.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	set(form, pairs)
	return h.Token(Public, c, form)
}

// Credentials asks for a token of the application's own for the demo's API.
func (h *House) Credentials(pairs ...string) *Tokens {
	h.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {h.Demo.Audience}}
	set(form, pairs)
	return h.Token(Public, h.Service(), form)
}

// Token sends the form to the token endpoint of the tenant at that address.
func (h *House) Token(base string, c *app.DemoClient, form url.Values) *Tokens {
	h.Helper()
	t := &Tokens{}
	answer := h.Form(base+"/oauth/token", c, form)
	t.Status, t.Header, t.Body = answer.Status, answer.Header, answer.Body
	if err := json.Unmarshal([]byte(t.Body), t); err != nil {
		h.Errorf("the token endpoint answered %d with no JSON: %s", t.Status, t.Body)
	}
	return t
}

// Answer is a plain answer to a plain request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON reads the body as an object; nil when it is none.
func (a *Answer) JSON() (object map[string]any) {
	_ = json.Unmarshal([]byte(a.Body), &object)
	return object
}

// Form sends a form as the application, which proves itself by Basic if it has
// a secret, else names itself.
func (h *House) Form(address string, c *app.DemoClient, form url.Values) *Answer {
	h.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	switch {
	case c == nil:
	case c.ClientSecret != "":
		header.Set("Authorization", Basic(c.ClientID, c.ClientSecret))
	default:
		form.Set("client_id", c.ClientID)
	}
	return h.Send(http.MethodPost, address, header, form.Encode())
}

// Basic is the header of RFC 6749 §2.3.1.
func Basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// Send sends a request and follows nothing.
func (h *House) Send(method, address string, header http.Header, body string) *Answer {
	h.Helper()
	r, err := http.NewRequest(method, address, bytes.NewReader([]byte(body)))
	h.Must(err)
	if header != nil {
		r.Header = header
	}
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := (&http.Client{Transport: h.transport, Timeout: soon,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	h.Must(err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	h.Must(err)
	return &Answer{answer.StatusCode, answer.Header, string(text)}
}

// Userinfo asks who the access token is about.
func (h *House) Userinfo(token string) *Answer {
	h.Helper()
	return h.Send(http.MethodGet, Public+"/userinfo", http.Header{"Authorization": {"Bearer " + token}}, "")
}

// Introspect asks whether the token is active.
func (h *House) Introspect(c *app.DemoClient, token string) bool {
	h.Helper()
	a := h.Form(Public+"/oauth/introspect", c, url.Values{"token": {token}})
	active, ok := a.JSON()["active"].(bool)
	if a.Status != http.StatusOK || !ok {
		h.Errorf("introspection answered %d: %s", a.Status, a.Body)
	}
	return active
}

// Revoke revokes the token.
func (h *House) Revoke(c *app.DemoClient, token string) *Answer {
	h.Helper()
	return h.Form(Public+"/oauth/revoke", c, url.Values{"token": {token}})
}

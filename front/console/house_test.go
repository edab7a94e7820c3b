package console_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatehouse/gatehouse/front/console"
	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/session"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/record/staff"
)

const (
	operatorHost = "operator.example"
	customerHost = "id.example"
	password     = "seven grey herons"
)

// house is an installation with an operator and a customer tenant.
type house struct {
	*testing.T
	d       *db.DB
	clk     *clock.Fake
	journal *journal.Journal
	staff   *staff.Service
	console *console.Service
	issuer  *issuer
	mux     *web.Mux
}

func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) { test(open(t, d, clk)) })
}

// openOnSQLite is for what no engine has a say in.
func openOnSQLite(t *testing.T) *house {
	t.Helper()
	clk := clock.NewFake(dbtest.Start)
	return open(t, dbtest.Open(t, clk), clk)
}

func open(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys := keyring.New(root, log)
	h := &house{T: t, d: d, clk: clk}
	if h.journal, err = journal.Open(t.Context(), journal.Config{DB: d, Keys: keys, Clock: clk, Log: log}); err != nil {
		t.Fatal(err)
	}
	tenants := &tenant.Service{DB: d, Journal: h.journal, Clock: clk, Public: &url.URL{Scheme: "https", Host: customerHost},
		Provision: func(ctx context.Context, id string) error { return keys.Provision(ctx, d, id) },
		Warm:      func(ctx context.Context, id string) error { return keys.Warm(ctx, d, id) },
		Furnish: func(ctx context.Context, t *tenant.Tenant) error {
			return d.Write(ctx, func(tx *db.Tx) error { _, err := connection.CreateDefault(ctx, tx, t.ID); return err })
		}}
	for id, host := range map[string]string{"operator": operatorHost, "default": customerHost} {
		if _, err := tenants.Ensure(t.Context(), id, id, host); err != nil {
			t.Fatal(err)
		}
	}
	hasher := credential.Start(credential.Config{Cost: credential.LowestCost, Threads: 1, Log: log})
	t.Cleanup(hasher.Close)
	h.staff = &staff.Service{DB: d, Journal: h.journal, Clock: clk, Log: log, Tenant: "operator", Hasher: hasher,
		Users: &user.Service{DB: d, Journal: h.journal, EndAccess: []user.EndAccess{session.EndAll}}}
	h.issuer = newIssuer(t, clk)
	h.console = &console.Service{DB: d, Keys: keys, Clock: clk, Log: log, Journal: h.journal, Staff: h.staff, Tenants: tenants,
		Clients: &client.Service{DB: d, Keys: keys, Journal: h.journal, Tenants: tenants}, Cookies: web.Cookies{Secure: true},
		HTTP: &http.Client{Transport: h.issuer}, Checks: check.New(d, clk)}
	if err := h.console.Furnish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.issuer.secret, err = h.console.Clients.Secret(t.Context(), "operator", console.ClientID); err != nil {
		t.Fatal(err)
	}
	h.mux = web.NewMux(web.Options{Clock: clk, Resolve: func(ctx context.Context, r *http.Request) (context.Context, error) {
		found, err := tenants.ByHost(ctx, r.Host)
		source := &journal.Source{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: r.UserAgent(), Host: r.Host}
		return journal.WithSource(tenant.With(ctx, found), source), err
	}})
	if err := h.mux.Mount(h.console.Surface()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) write(closure func(tx *db.Tx) error) {
	h.Helper()
	if err := h.d.Write(h.Context(), closure); err != nil {
		h.Fatal(err)
	}
}

// first sets the house up.
func (h *house) first() *user.User {
	h.Helper()
	token, err := h.staff.InviteFirstAdministrator(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	u, err := h.staff.SetUp(h.Context(), token, staff.Newcomer{Email: "ada@example.com", Name: "Ada", Password: password})
	if err != nil {
		h.Fatal(err)
	}
	return u
}

// colleague makes another user of the operator tenant, with a role or none.
func (h *house) colleague(by *user.User, email, role string) (u *user.User) {
	h.Helper()
	h.write(func(tx *db.Tx) (err error) {
		c, err := connection.Default(h.Context(), tx, "operator")
		if err != nil {
			return err
		}
		u, err = user.Create(h.Context(), tx, user.New{Tenant: "operator", Connection: c.ID, Provider: "auth0", Email: email})
		return err
	})
	if role != "" {
		if _, err := h.staff.Grant(h.Context(), staff.Person(by.ID, by.Email), u.ID, role, "needs it", time.Time{}); err != nil {
			h.Fatal(err)
		}
	}
	return u
}

// told counts the journal's events of a kind.
func (h *house) told(kind *journal.Kind) int {
	h.Helper()
	h.seal()
	page, err := h.journal.List(h.Context(), journal.Filter{Limit: 1000, Match: func(e *journal.Entry) bool { return e.Kind == kind }})
	if err != nil {
		h.Fatal(err)
	}
	return len(page.Entries)
}

func (h *house) seal() {
	h.Helper()
	if _, err := h.journal.Seal(context.Background()); err != nil {
		h.Fatal(err)
	}
}

// browser keeps cookies as a browser does.
type browser struct {
	*house
	cookies map[string]string
	agent   string
}

func (h *house) browser() *browser { return &browser{house: h, cookies: map[string]string{}} }

// answer is what came back, with its body read.
type answer struct {
	status   int
	header   http.Header
	location *url.URL
	body     string
}

func (b *browser) send(r *http.Request, change ...func(*http.Request)) answer {
	b.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.agent != "" {
		r.Header.Set("User-Agent", b.agent)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			b.Errorf("the cookie %s is not safe", c.Name)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if to := w.Header().Get("Location"); to != "" {
		var err error
		if a.location, err = url.Parse(to); err != nil {
			b.Fatal(err)
		}
	}
	return a
}

func (b *browser) get(path string, change ...func(*http.Request)) answer {
	b.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, "https://"+operatorHost+path, nil), change...)
}

func (b *browser) post(path string, form url.Values, change ...func(*http.Request)) answer {
	b.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://"+operatorHost+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r, change...)
}

func fromHost(host string) func(*http.Request) {
	return func(r *http.Request) { r.Host, r.URL.Host = host, host }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// leave begins a sign-in and returns what the console asked the issuer.
func (b *browser) leave(to string) url.Values {
	b.Helper()
	a := b.get("/console/sign-in?to=" + url.QueryEscape(to))
	if a.status != http.StatusSeeOther || a.location.Path != "/authorize" || a.location.Host != operatorHost {
		b.Fatalf("sign-in answered %d %v", a.status, a.location)
	}
	return a.location.Query()
}

// signIn signs a user in at the issuer and comes back with its answer.
func (b *browser) signIn(u *user.User, to string) *session.Session {
	b.Helper()
	asked := b.leave(to)
	s := b.signInAtIssuer(u)
	a := b.get(b.issuer.answer(asked, u.ID, s.ID))
	if a.status != http.StatusSeeOther {
		b.Fatalf("the callback answered %d %s", a.status, a.body)
	}
	return s
}

func (h *house) signInAtIssuer(u *user.User) (s *session.Session) {
	h.Helper()
	h.write(func(tx *db.Tx) (err error) {
		s, _, err = session.Start(h.Context(), tx, session.New{Tenant: "operator", UserID: u.ID}, session.Lifetimes{Idle: tenant.DefaultIdleSessionLifetime, Absolute: tenant.DefaultSessionLifetime})
		return err
	})
	return s
}

// issuer is the operator tenant's OpenID provider, as the console sees it.
type issuer struct {
	*testing.T
	clk    *clock.Fake
	key    *ecdsa.PrivateKey
	secret string
	codes  map[string]promise
	// change spoils the claims of the next ID token.
	change func(claims map[string]any)
}

type promise struct {
	claims    map[string]any
	challenge string
}

func newIssuer(t *testing.T, clk *clock.Fake) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{T: t, clk: clk, key: key, codes: map[string]promise{}}
}

// answer makes a code for a request and returns where the browser goes with it.
func (i *issuer) answer(asked url.Values, sub, sid string) string {
	code, now := rand.Text(), i.clk.Now()
	claims := map[string]any{"iss": "https://" + operatorHost + "/", "aud": console.ClientID, "sub": sub, "sid": sid, "nonce": asked.Get("nonce"),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	if i.change != nil {
		i.change(claims)
	}
	i.codes[code] = promise{claims, asked.Get("code_challenge")}
	return "/console/callback?" + url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {claims["iss"].(string)}}.Encode()
}

// RoundTrip answers the console's back-channel requests.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	base := "https://" + operatorHost
	status, body := http.StatusOK, any(nil)
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		body = map[string]any{"issuer": base + "/", "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/oauth/token",
			"jwks_uri": base + "/.well-known/jwks.json", "end_session_endpoint": base + "/oidc/logout", "id_token_signing_alg_values_supported": []string{"ES256"}}
	case "/.well-known/jwks.json":
		body = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	case "/oauth/token":
		status, body = i.redeem(r)
	default:
		i.Errorf("the console asked for %s", r.URL)
	}
	raw, err := json.Marshal(body)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(raw))), Request: r}, err
}

func (i *issuer) redeem(r *http.Request) (int, any) {
	refuse := map[string]any{"error": "invalid_grant"}
	id, secret, _ := r.BasicAuth()
	if err := r.ParseForm(); err != nil || id != console.ClientID || secret != i.secret {
		return http.StatusUnauthorized, map[string]any{"error": "invalid_client"}
	}
	p, ok := i.codes[r.Form.Get("code")]
	delete(i.codes, r.Form.Get("code"))
	sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
		return http.StatusBadRequest, refuse
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		i.Fatal(err)
	}
	raw, err := json.Marshal(p.claims)
	if err != nil {
		i.Fatal(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		i.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		i.Fatal(err)
	}
	return http.StatusOK, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": compact}
}

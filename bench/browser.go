package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/gatehouse/gatehouse/app"
)

// browser is one person's, with its own cookies and connection.
type browser struct {
	h      *house
	client *http.Client
}

func (h *house) newBrowser() *browser {
	jar, _ := cookiejar.New(nil) // Without options it does not fail.
	return &browser{h, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: h.tls},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), h.url) {
				return nil
			}
			return http.ErrUseLastResponse // The application's own address.
		}}}
}

var formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)

// signIn goes the whole way: authorization request, page, password, code,
// tokens. It returns the access token.
func (b *browser) signIn(ctx context.Context, who app.DemoUser, audience string) (string, error) {
	defer b.client.CloseIdleConnections()
	main, verifier := b.h.demo.Clients["main"], rand.Text()+rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	callback := main.RedirectURIs[0]
	query := url.Values{"response_type": {"code"}, "client_id": {main.ClientID}, "redirect_uri": {callback}, "scope": {"openid profile email"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}}
	if audience != "" {
		query.Set("audience", audience)
	}
	page, err := read(ctx, b.client, b.h.url+"/authorize?"+query.Encode())
	if err != nil {
		return "", err
	}
	action := formAction.FindSubmatch(page)
	if action == nil {
		return "", errors.New("the page has no form")
	}
	location, err := b.submit(ctx, html.UnescapeString(string(action[1])), url.Values{"username": {who.Email}, "password": {who.Password}, "action": {"default"}})
	if err != nil {
		return "", err
	}
	code := location.Query().Get("code")
	if code == "" {
		return "", fmt.Errorf("no code in %s", location)
	}
	return b.exchange(ctx, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}})
}

// submit posts a form and follows us to where we send the browser away.
func (b *browser) submit(ctx context.Context, action string, form url.Values) (*url.URL, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.h.url+action, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", b.h.url)
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusFound {
		return nil, fmt.Errorf("the sign-in ended with %s", response.Status)
	}
	return response.Location()
}

func (b *browser) exchange(ctx context.Context, form url.Values) (string, error) {
	main := b.h.demo.Clients["main"]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.h.url+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(main.ClientID, main.ClientSecret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	body, err := do(b.client, request)
	if err != nil {
		return "", err
	}
	return accessToken(body)
}

func do(c *http.Client, request *http.Request) ([]byte, error) {
	response, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s: %s", request.URL, response.Status, bytes.TrimSpace(body))
	}
	return body, err
}

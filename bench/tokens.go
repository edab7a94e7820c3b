package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // To read the password cost that the installation chose.
)

// clientCredentials is the form of a token request to that audience.
func (h *house) clientCredentials(audience string) string {
	return url.Values{"grant_type": {"client_credentials"}, "audience": {audience}, "scope": {"read:demo"}}.Encode()
}

func (h *house) tokenRequest(audience string) []byte {
	m2m := h.demo.Clients["m2m"]
	return post("/oauth/token", h.address, basic(m2m.ClientID, m2m.ClientSecret), h.clientCredentials(audience))
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// tokens measures client_credentials against a server that only signs.
func tokens(ctx context.Context, h *house) ([]row, error) {
	var rows []row
	for _, at := range []struct {
		connections int
		bar         float64
	}{{16, 120}, {64, 60}} {
		r, err := h.tokenRow(ctx, at.connections, at.bar)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	r, err := h.rs256(ctx)
	return append(rows, r), err
}

func (h *house) tokenRow(ctx context.Context, connections int, bar float64) (row, error) {
	costs, shared, err := h.signing(ctx, connections, h.demo.AudienceES256, "/es256")
	if err != nil {
		return row{}, err
	}
	ours, bare := median(costs[0].micros), median(costs[1].micros)
	return row{
		what: fmt.Sprintf("client_credentials ES256, %d connections", connections), figure: micros(ours), limit: micros(bare),
		ratio: ours / bare, bar: fmt.Sprintf("≤ %.0f µs above signing", bar), ok: ours-bare <= bar,
		note: fmt.Sprintf("%s above signing; %s fsyncs per request; %.0f requests/s, signing alone %.0f", micros(ours-bare), shared, median(costs[0].rates), median(costs[1].rates)),
	}, nil
}

func (h *house) rs256(ctx context.Context) (row, error) {
	const connections = 64
	costs, shared, err := h.signing(ctx, connections, h.demo.Audience, "/rs256")
	if err != nil {
		return row{}, err
	}
	ours, bare := costs[0].perSecondOfCPU(), costs[1].perSecondOfCPU()
	return row{
		what: fmt.Sprintf("client_credentials RS256, %d connections", connections), figure: fmt.Sprintf("%.0f/CPU s", ours), limit: fmt.Sprintf("%.0f/CPU s", bare),
		ratio: ours / bare, bar: "≥ 0.85 of signing", ok: ours/bare >= 0.85,
		note: fmt.Sprintf("%s fsyncs per request; %.0f requests/s, signing alone %.0f", shared, median(costs[0].rates), median(costs[1].rates)),
	}, nil
}

// signing lets product and limit take turns, and says how many commits, each
// one fsync, the product made for a request.
func (h *house) signing(ctx context.Context, connections int, audience, path string) ([]cost, string, error) {
	const commits, requests = "gatehouse_db_commits_total", `gatehouse_http_requests_total{method="POST",route="/oauth/token",status="200"}`
	if _, err := h.token(ctx, h.clientCredentials(audience)); err != nil { // So that the counter is there.
		return nil, "", err
	}
	before, err := h.counters(ctx, commits, requests)
	if err != nil {
		return nil, "", err
	}
	costs, err := turns(ctx, h.options, connections,
		side{h.server, h.target(h.tokenRequest(audience))},
		side{h.limit.process, target{address: h.limit.address, request: post(path, h.limit.address, "", h.clientCredentials(audience))}})
	if err != nil {
		return nil, "", err
	}
	after, err := h.counters(ctx, commits, requests)
	if err != nil {
		return nil, "", err
	}
	return costs, fmt.Sprintf("%.3f", (after[0]-before[0])/(after[1]-before[1])), nil
}

func (h *house) counters(ctx context.Context, names ...string) ([]float64, error) {
	values := make([]float64, len(names))
	for i, name := range names {
		var err error
		if values[i], err = h.counter(ctx, name); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// token asks for a token once and returns the answer's body.
func (h *house) token(ctx context.Context, form string) ([]byte, error) {
	m2m := h.demo.Clients["m2m"]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/oauth/token", strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(m2m.ClientID, m2m.ClientSecret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	transport := &http.Transport{TLSClientConfig: h.tls}
	defer transport.CloseIdleConnections()
	return do(&http.Client{Transport: transport}, request)
}

// limitConfig takes from the product what the limit must do the same.
func (h *house) limitConfig(ctx context.Context) (c limitConfig, err error) {
	body, err := h.token(ctx, h.clientCredentials(h.demo.AudienceES256))
	if err != nil {
		return c, err
	}
	token, err := accessToken(body)
	if err != nil {
		return c, err
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("the access token is not a JWT")
	}
	if c.Payload, err = base64.RawURLEncoding.DecodeString(parts[1]); err != nil {
		return c, err
	}
	c.Answer = strings.Replace(string(body), token, "%s", 1)
	c.Documents = map[string][]byte{}
	for _, path := range documentPaths {
		if c.Documents[path], err = h.fetch(ctx, path); err != nil {
			return c, err
		}
	}
	c.Cost, err = h.passwordCost(ctx)
	return c, err
}

func accessToken(body []byte) (string, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err := json.Unmarshal(body, &answer)
	return answer.AccessToken, err
}

// passwordCost is the bcrypt cost that the installation tuned itself to.
func (h *house) passwordCost(ctx context.Context) (cost int, err error) {
	d, err := sql.Open("sqlite", "file:"+filepath.Join(h.data(), "gatehouse.db")+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer d.Close()
	err = d.QueryRowContext(ctx, `SELECT json_extract(value, '$.cost') FROM installation WHERE name = 'password_cost'`).Scan(&cost)
	return cost, err
}

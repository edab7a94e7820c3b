package main

import (
	"context"
	"fmt"
	"net/url"
)

// accesses measures what an application's every request may cost us.
func accesses(ctx context.Context, h *house) ([]row, error) {
	const connections, bar = 16, 5000
	alice := h.demo.Users[0]
	opaque, err := h.newBrowser().signIn(ctx, alice, "")
	if err != nil {
		return nil, err
	}
	jwt, err := h.newBrowser().signIn(ctx, alice, h.demo.Audience)
	if err != nil {
		return nil, err
	}
	main := h.demo.Clients["main"]
	introspect := func(token string) []byte {
		return post("/oauth/introspect", h.address, basic(main.ClientID, main.ClientSecret), url.Values{"token": {token}}.Encode())
	}
	var rows []row
	for _, c := range []struct {
		what    string
		request []byte
	}{
		{"/userinfo, opaque token", get("/userinfo", h.address, "Bearer "+opaque)},
		{"/userinfo, RS256 token", get("/userinfo", h.address, "Bearer "+jwt)},
		{"introspection, opaque token", introspect(opaque)},
		{"introspection, RS256 token", introspect(jwt)},
	} {
		costs, err := turns(ctx, h.options, connections, side{h.server, h.target(c.request)})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.what, err)
		}
		ours := costs[0].perSecondOfCPU()
		rows = append(rows, row{what: c.what, figure: fmt.Sprintf("%.0f/CPU s", ours), limit: "", ratio: ours / bar,
			bar: "≥ 5000/CPU s", ok: ours >= bar, note: fmt.Sprintf("%.0f requests/s", median(costs[0].rates))})
	}
	return rows, nil
}

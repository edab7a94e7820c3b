package main

import (
	"context"
	"fmt"
)

var documentPaths = []string{"/.well-known/jwks.json", "/.well-known/openid-configuration"}

// documents measures what is sent from memory against a server that sends the
// same bytes.
func documents(ctx context.Context, h *house) ([]row, error) {
	const connections = 16
	var rows []row
	for _, path := range documentPaths {
		costs, err := turns(ctx, h.options, connections,
			side{h.server, h.target(get(path, h.address, ""))},
			side{h.limit.process, target{address: h.limit.address, request: get(path, h.limit.address, "")}})
		if err != nil {
			return nil, err
		}
		ours, bare := costs[0].perSecondOfCPU(), costs[1].perSecondOfCPU()
		rows = append(rows, row{
			what: path, figure: fmt.Sprintf("%.0f/CPU s", ours), limit: fmt.Sprintf("%.0f/CPU s", bare),
			ratio: ours / bare, bar: "≥ 0.8 of constant JSON", ok: ours/bare >= 0.8,
			note: fmt.Sprintf("%.0f requests/s, constant %.0f", median(costs[0].rates), median(costs[1].rates)),
		})
	}
	return rows, nil
}

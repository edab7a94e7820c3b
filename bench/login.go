package main

import (
	"context"
	"fmt"
	"time"
)

// logins measures the CPU of a whole sign-in, from the authorization request to
// the tokens, against that of its password hash.
func logins(ctx context.Context, h *house) ([]row, error) {
	perTurn := 20
	if h.short {
		perTurn = 5
	}
	if _, err := h.newBrowser().signIn(ctx, h.demo.Users[0], ""); err != nil { // The first fills caches.
		return nil, err
	}
	hash := target{address: h.limit.address, request: get("/hash", h.limit.address, "")}
	var whole, bare []float64
	for range h.turns {
		us, err := perOperation(h.server, perTurn, h.settle, func() error {
			_, err := h.newBrowser().signIn(ctx, h.demo.Users[0], "")
			return err
		})
		if err != nil {
			return nil, err
		}
		whole = append(whole, us)
		c, err := hash.dial()
		if err != nil {
			return nil, err
		}
		if us, err = perOperation(h.limit.process, perTurn, h.settle, func() error { return c.ask(hash.request) }); err != nil {
			return nil, err
		}
		bare = append(bare, us)
		_ = c.conn.Close()
	}
	ours, limit := median(whole), median(bare)
	return []row{{
		what: "password login, request to tokens", figure: fmt.Sprintf("%.2f ms", ours/1000), limit: fmt.Sprintf("%.2f ms", limit/1000),
		ratio: ours / limit, bar: "≤ 1.08 of its hash", ok: ours/limit <= 1.08, note: fmt.Sprintf("%.2f ms beside the hash", (ours-limit)/1000),
	}}, nil
}

// perOperation is the process's CPU in microseconds for one of n operations,
// with what it does for them afterwards.
func perOperation(p *process, n int, settle time.Duration, operation func() error) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	for range n {
		if err := operation(); err != nil {
			return 0, err
		}
	}
	time.Sleep(settle)
	after, err := p.cpu()
	return float64((after - before).Microseconds()) / float64(n), err
}

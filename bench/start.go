package main

import (
	"context"
	"fmt"
	"time"
)

// start measures starts on a furnished data folder, and the memory of a server
// that nobody asks anything: fresh, and after it was busy.
func start(ctx context.Context, h *house) ([]row, error) {
	var took []float64
	for range 2*h.turns - 1 {
		if err := h.server.stop(); err != nil {
			return nil, err
		}
		d, err := h.start(ctx)
		if err != nil {
			return nil, err
		}
		took = append(took, float64(d.Microseconds())/1000)
	}
	ms := median(took)
	rows := []row{{what: "first 200 from a start on", figure: fmt.Sprintf("%.0f ms", ms), ratio: ms / 150, bar: "< 150 ms", ok: ms < 150,
		note: fmt.Sprintf("median of %d", len(took))}}
	for _, state := range []string{"fresh", "after load"} {
		if state != "fresh" {
			if _, err := h.target(h.tokenRequest(h.demo.AudienceES256)).flood(ctx, 64, 2*h.turn); err != nil {
				return nil, err
			}
		}
		time.Sleep(h.idle)
		mib, err := h.server.memory()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{what: "idle memory, " + state, figure: fmt.Sprintf("%.1f MiB", mib), ratio: mib / 60, bar: "< 60 MiB", ok: mib < 60,
			note: fmt.Sprintf("resident, %s idle", h.idle)})
	}
	return rows, nil
}

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// storm measures how long token requests take while many people sign in at
// once: paced alike with and without them.
func storm(ctx context.Context, h *house) ([]row, error) {
	const connections, perSecond, people = 16, 200, 16
	request := h.target(h.tokenRequest(h.demo.AudienceES256))
	length := 3 * h.turn
	if _, err := request.pace(ctx, connections, perSecond, 200*time.Millisecond); err != nil {
		return nil, err
	}
	var calm, stormy []float64
	var signedIn int64
	for range h.turns {
		sum, err := request.pace(ctx, connections, perSecond, length)
		if err != nil {
			return nil, err
		}
		calm = append(calm, percentile(sum.latencies, 0.99))
		n, err := h.during(ctx, people, func() error {
			time.Sleep(300 * time.Millisecond) // Until the hashing queue is full.
			sum, err := request.pace(ctx, connections, perSecond, length)
			stormy = append(stormy, percentile(sum.latencies, 0.99))
			return err
		})
		if err != nil {
			return nil, err
		}
		signedIn += n
	}
	without, with := median(calm), median(stormy)
	return []row{{
		what: "client_credentials p99 in a storm of logins", figure: fmt.Sprintf("%.2f ms", with), limit: fmt.Sprintf("%.2f ms", without),
		ratio: with / without, bar: "≤ 2 of no storm", ok: with <= 2*without,
		note: fmt.Sprintf("%d people at once, %d sign-ins; %d token requests/s", people, signedIn, perSecond),
	}}, nil
}

// during lets people sign in over and over while f runs, and says how many
// times they did.
func (h *house) during(ctx context.Context, people int, f func() error) (int64, error) {
	ctx, stop := context.WithCancel(ctx)
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	for range people {
		running.Go(func() {
			for ctx.Err() == nil {
				_, err := h.newBrowser().signIn(ctx, h.demo.Users[0], "")
				if err == nil {
					done.Add(1)
				} else if ctx.Err() == nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	err := f()
	stop()
	running.Wait()
	if p := failed.Load(); p != nil && err == nil {
		err = *p
	}
	return done.Load(), err
}

// percentile is in milliseconds.
func percentile(latencies []time.Duration, p float64) float64 {
	if len(latencies) == 0 {
		return 0
	}
	slices.Sort(latencies)
	return float64(latencies[int(p*float64(len(latencies)-1))].Microseconds()) / 1000
}

package main

import (
	"context"
	"time"
)

// side is one of two that take turns: a process and the load upon it.
type side struct {
	process *process
	target  target
}

// cost is what the turns of a side came to.
type cost struct {
	micros []float64 // of CPU for each operation
	rates  []float64 // operations a second, by the clock on the wall
	done   int
}

func (c *cost) perSecondOfCPU() float64 { return 1e6 / median(c.micros) }

// turns loads the sides one after the other, again and again.
func turns(ctx context.Context, o options, connections int, sides ...side) ([]cost, error) {
	costs := make([]cost, len(sides))
	for _, s := range sides { // The first requests fill caches.
		if _, err := s.target.flood(ctx, connections, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
	for range o.turns {
		for i, s := range sides {
			if err := costs[i].turn(ctx, o, connections, s); err != nil {
				return nil, err
			}
		}
	}
	return costs, nil
}

// turn goes on a while after its load: what the product does later for a
// request, such as sealing its journal event, is that request's.
func (c *cost) turn(ctx context.Context, o options, connections int, s side) error {
	before, err := s.process.cpu()
	if err != nil {
		return err
	}
	sum, err := s.target.flood(ctx, connections, o.turn)
	if err != nil {
		return err
	}
	time.Sleep(o.settle)
	after, err := s.process.cpu()
	if err != nil {
		return err
	}
	c.micros = append(c.micros, float64((after-before).Nanoseconds())/1000/float64(sum.done))
	c.rates = append(c.rates, float64(sum.done)/sum.took.Seconds())
	c.done += sum.done
	return nil
}

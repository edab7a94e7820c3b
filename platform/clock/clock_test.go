package clock_test

import (
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
)

func TestFake(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := clock.NewFake(start)
	early, late, now := c.After(time.Minute), c.After(time.Hour), c.After(0)
	<-now
	c.Forward(time.Minute)
	if at := <-early; !at.Equal(start.Add(time.Minute)) {
		t.Errorf("the timer of a minute fired at %s", at)
	}
	select {
	case <-late:
		t.Error("the timer of an hour fired after a minute")
	default:
	}
	if !c.Now().Equal(start.Add(time.Minute)) {
		t.Errorf("the clock stands at %s", c.Now())
	}
}

package house

import (
	"sync/atomic"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
)

// Clock stands still until the test moves it, except that, once the house is
// open, every look at it takes a microsecond: no two events are at once, as
// with a machine's clock.
type Clock struct {
	*clock.Fake
	ticking atomic.Bool
}

// Now is the present moment of the house.
func (c *Clock) Now() time.Time {
	if c.ticking.Load() {
		c.Fake.Forward(time.Microsecond)
	}
	return c.Fake.Now()
}

// Forward moves the house's clock.
func (h *House) Forward(d time.Duration) { h.Clock.Forward(d) }

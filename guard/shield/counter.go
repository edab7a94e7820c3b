package shield

import "time"

// counter is a row of login_failures.
type counter struct {
	failures     int
	first, last  time.Time
	blockedUntil time.Time // zero where there is no block
}

// blocked reports whether a block stands.
func (c counter) blocked(now time.Time) bool { return c.blockedUntil.After(now) }

// ofAddress is what is left of an address's counter: a block that is over, and
// failures that are long past, have been served.
func (c counter) ofAddress(now time.Time) counter {
	if c.blocked(now) || c.blockedUntil.IsZero() && now.Sub(c.last) < memory {
		return c
	}
	return counter{}
}

// ofAccount is what is left of an account's counter in the window.
func (c counter) ofAccount(now time.Time, s Settings) counter {
	if now.Sub(c.first) < s.AccountWindow {
		return c
	}
	return counter{}
}

// failed counts one more failure.
func (c counter) failed(now time.Time) counter {
	if c.failures == 0 {
		c.first = now
	}
	c.failures++
	c.last = now
	return c
}

// failedFrom counts one more failure of an address, and reports whether it is
// the one that blocks it.
func (c counter) failedFrom(now time.Time, s Settings) (counter, bool) {
	c = c.ofAddress(now).failed(now)
	if c.failures < s.AddressFailures || c.blocked(now) {
		return c, false
	}
	c.blockedUntil = now.Add(s.BlockFor)
	return c, true
}

const (
	firstDelay = time.Second
	mostDelay  = 5 * time.Minute // so that the owner, too, gets in from a new address
)

// wait is how long the account's next attempt must wait.
func (c counter) wait(now time.Time, s Settings) time.Duration {
	over := c.failures - s.AccountFailures
	if over < 0 {
		return 0
	}
	delay := mostDelay
	if over < 9 { // 2⁹ seconds are beyond the most.
		delay = min(firstDelay<<over, mostDelay)
	}
	return max(delay-now.Sub(c.last), 0)
}

// room is how many attempts may be under way at once.
func (c counter) room(most int) int { return max(most-c.failures, 1) }

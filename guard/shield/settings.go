package shield

import (
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Settings are what a tenant may decide.
type Settings struct {
	Off             bool          `json:"off,omitempty"`
	AddressFailures int           `json:"address_failures"` // for one account, until the address is blocked
	BlockFor        time.Duration `json:"block_for"`
	AccountFailures int           `json:"account_failures"` // from anywhere within AccountWindow, until attempts must wait
	AccountWindow   time.Duration `json:"account_window"`
}

// Defaults are the settings of a new tenant.
func Defaults() Settings {
	return Settings{AddressFailures: 10, BlockFor: 24 * time.Hour, AccountFailures: 100, AccountWindow: time.Hour}
}

// memory is how long a failure is remembered that led to no block.
const memory = 24 * time.Hour

// Check refuses settings that would not protect, or not let in. Errors:
// fault.Invalid.
func (s Settings) Check() error {
	switch {
	case s.AddressFailures < 1 || s.AddressFailures > 100:
		return fault.New(fault.Invalid, "An address is blocked after 1 to 100 failed sign-ins.")
	case s.BlockFor < time.Minute || s.BlockFor > 30*24*time.Hour:
		return fault.New(fault.Invalid, "An address is blocked for a minute to 30 days.")
	case s.AccountFailures < s.AddressFailures || s.AccountFailures > 10_000:
		return fault.New(fault.Invalid, "An account is slowed down after no fewer failed sign-ins than an address is blocked after, and at most 10,000.")
	case s.AccountWindow < time.Minute || s.AccountWindow > memory:
		return fault.New(fault.Invalid, "Failed sign-ins to an account are counted for a minute to 24 hours.")
	}
	return nil
}

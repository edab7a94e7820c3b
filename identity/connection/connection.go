package connection

import (
	"regexp"
	"time"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// DefaultName is the name of the database connection that every tenant has.
const DefaultName = "Username-Password-Authentication"

// Database is the strategy of a connection whose accounts are kept here. Its
// users' ids begin with it.
const Database = "auth0"

// Connection is one place that users come from.
type Connection struct {
	Tenant   string
	ID       string // con_ and 16 letters and digits
	Name     string // unique in the tenant
	Strategy string
	Settings Settings
	Created  time.Time
	Updated  time.Time
}

// Settings are what a tenant may decide about a connection.
type Settings struct {
	DisableSignup        bool              `json:"disable_signup"`
	BruteForceProtection bool              `json:"brute_force_protection"`
	Password             credential.Policy `json:"password"`
}

// Defaults are the settings of a new connection: sign-up open, brute-force
// protection on, passwords as NIST SP 800-63B §3.1.1 asks.
func Defaults() Settings {
	return Settings{BruteForceProtection: true, Password: credential.DefaultPolicy()}
}

// Check refuses settings that cannot be obeyed. Errors: fault.Invalid.
func (s Settings) Check() error { return s.Password.Check() }

// names are what Auth0 allows: letters, digits and inner hyphens.
var names = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,126}[A-Za-z0-9])?$`)

func check(name, strategy string, s Settings) error {
	if !names.MatchString(name) {
		return fault.New(fault.Invalid, "A connection's name has up to 128 letters, digits and inner hyphens.")
	}
	if strategy != Database {
		return fault.Newf(fault.Invalid, "The strategy %q is not known.", strategy)
	}
	return s.Check()
}

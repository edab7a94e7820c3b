package shield

import "github.com/gatehouse/gatehouse/platform/journal"

// The kinds of events that this package records.
var (
	Blocked   = journal.Register(journal.Kind{Name: "login.address.blocked", Title: "Address blocked for an account", LogType: "limit_wc", Failure: true})
	Unblocked = journal.Register(journal.Kind{Name: "login.address.unblocked", Title: "Blocked addresses released", LogType: "ublkdu"})
)

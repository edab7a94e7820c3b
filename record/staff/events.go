package staff

import "github.com/gatehouse/gatehouse/platform/journal"

// The kinds of events that this package records. Auth0 has no code for any.
var (
	Granted       = journal.Register(journal.Kind{Name: "staff.granted", Title: "Staff role granted"})
	Revoked       = journal.Register(journal.Kind{Name: "staff.revoked", Title: "Staff role revoked"})
	WasRead       = journal.Register(journal.Kind{Name: "staff.read", Title: "Staff looked at data"})
	Denied        = journal.Register(journal.Kind{Name: "staff.denied", Title: "Staff access denied", Failure: true})
	Invited       = journal.Register(journal.Kind{Name: "staff.invited", Title: "Set-up link made"})
	SetUpDone     = journal.Register(journal.Kind{Name: "staff.set_up", Title: "First administrator made"})
	RecoveryBegun = journal.Register(journal.Kind{Name: "staff.recovery_begun", Title: "Break-glass: recovery link made"})
	Recovered     = journal.Register(journal.Kind{Name: "staff.recovered", Title: "Break-glass: administrator recovered"})
	LinkRefused   = journal.Register(journal.Kind{Name: "staff.link_refused", Title: "One-time link refused", Failure: true})
)

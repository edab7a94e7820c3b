package user

import "github.com/gatehouse/gatehouse/platform/journal"

// The kinds of events that this package records.
var (
	Created   = journal.Register(journal.Kind{Name: "user.created", Title: "User created"})
	Blocked   = journal.Register(journal.Kind{Name: "user.blocked", Title: "User blocked"})
	Unblocked = journal.Register(journal.Kind{Name: "user.unblocked", Title: "User unblocked"})
	Deleted   = journal.Register(journal.Kind{Name: "user.deleted", Title: "User deleted", LogType: "sdu"})
)

// Ref points to the user in the journal.
func (u *User) Ref() journal.Ref { return journal.Ref{Type: "user", ID: u.ID, Name: u.Email} }

package shield

import "github.com/gatehouse/gatehouse/platform/journal"

// Unblocked tells that somebody has released an account's blocked addresses.
var Unblocked = journal.Register(journal.Kind{Name: "login.unblocked", Title: "Blocked addresses released", LogType: "ublkdu"})

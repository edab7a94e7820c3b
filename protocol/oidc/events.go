package oidc

import "github.com/gatehouse/gatehouse/platform/journal"

// The events of logout.
var (
	LoggedOut     = journal.Register(journal.Kind{Name: "logout.succeeded", Title: "Signed out", LogType: "slo"})
	LogoutRefused = journal.Register(journal.Kind{Name: "logout.refused", Title: "Sign-out refused", LogType: "flo", Failure: true})
)

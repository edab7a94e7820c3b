package oauth

import "github.com/gatehouse/gatehouse/platform/journal"

// The events of the authorization server, with the codes of Auth0's tenant logs.
var (
	Authorized       = journal.Register(journal.Kind{Name: "authorization.granted", Title: "Let into the application"})
	SSO              = journal.Register(journal.Kind{Name: "authorization.sso", Title: "Signed in with an open session", LogType: "s"})
	SilentAuthorized = journal.Register(journal.Kind{Name: "authorization.silent", Title: "Signed in silently", LogType: "ssa"})
	SilentRefused    = journal.Register(journal.Kind{Name: "authorization.silent_refused", Title: "Silent sign-in refused", LogType: "fsa", Failure: true})
	Refused          = journal.Register(journal.Kind{Name: "authorization.refused", Title: "Authorization refused", LogType: "f", Failure: true})
	Consented        = journal.Register(journal.Kind{Name: "consent.given", Title: "Consent given"})

	CodeExchanged   = journal.Register(journal.Kind{Name: "token.code_exchanged", Title: "Tokens issued for the sign-in", LogType: "seacft"})
	CodeRefused     = journal.Register(journal.Kind{Name: "token.code_refused", Title: "Code for tokens refused", LogType: "feacft", Failure: true})
	Refreshed       = journal.Register(journal.Kind{Name: "token.refreshed", Title: "Tokens refreshed", LogType: "sertft"})
	RefreshRefused  = journal.Register(journal.Kind{Name: "token.refresh_refused", Title: "Refresh token refused", LogType: "fertft", Failure: true})
	RefreshReplayed = journal.Register(journal.Kind{Name: "token.refresh_replayed", Title: "Rotated refresh token used again", LogType: "ferrt", Failure: true})
	ClientToken     = journal.Register(journal.Kind{Name: "token.client_credentials", Title: "Token issued to the application itself", LogType: "seccft"})
	ClientRefused   = journal.Register(journal.Kind{Name: "token.client_refused", Title: "Token refused to the application itself", LogType: "feccft", Failure: true})
	ClientUnknown   = journal.Register(journal.Kind{Name: "token.client_unauthenticated", Title: "Application not recognised", Failure: true})
	Revoked         = journal.Register(journal.Kind{Name: "token.revoked", Title: "Refresh token revoked", LogType: "srrt"})
	AccessRevoked   = journal.Register(journal.Kind{Name: "token.access_revoked", Title: "Access token revoked"})
	RevocationError = journal.Register(journal.Kind{Name: "token.revocation_refused", Title: "Revocation refused", Failure: true})
)

package app

import "strings"

// RPCheck is a ready configuration for a test that plays a relying party.
type RPCheck struct {
	Issuer      string                 `json:"issuer"`
	Username    string                 `json:"username"`
	Password    string                 `json:"password"`
	Scope       string                 `json:"scope"`
	Offline     RPOffline              `json:"offline"`
	CCScope     string                 `json:"ccScope"`
	CCAudience  string                 `json:"ccAudience"`
	RedirectURI string                 `json:"redirect_uri"`
	Login       RPLogin                `json:"login"`
	Policy      RPPolicy               `json:"policy"`
	Clients     map[string]*DemoClient `json:"clients"`
}

// RPOffline is how a refresh token is asked for.
type RPOffline struct {
	Scope  string `json:"scope"`
	Prompt string `json:"prompt"`
}

// RPLogin is how our pages are filled in.
type RPLogin struct {
	UserField     []string `json:"userField"`
	PasswordField string   `json:"passwordField"`
	ApproveButton string   `json:"approveButton"` // regular expressions
	DenyButton    string   `json:"denyButton"`
}

// RPPolicy is what this server promises beyond what standards demand.
type RPPolicy struct {
	RequirePKCEConfidential bool `json:"requirePkceConfidential"`
	RotateRefresh           bool `json:"rotateRefresh"`
	RefreshGraceSeconds     int  `json:"refreshGraceSeconds"`
	IntrospectOwnOnly       bool `json:"introspectOwnOnly"`
}

func (d *Demo) rpCheck() *RPCheck {
	return &RPCheck{
		Issuer: strings.TrimSuffix(d.Issuer, "/"), Username: d.Users[0].Email, Password: d.Users[0].Password, Scope: "openid profile email",
		Offline: RPOffline{"offline_access", "consent"}, CCScope: demoScope, CCAudience: d.Audience, RedirectURI: demoCallback,
		Login:   RPLogin{[]string{"username", "email"}, "password", "^Accept|^Continue|^Sign out", "^Decline"},
		Policy:  RPPolicy{RotateRefresh: true, IntrospectOwnOnly: true},
		Clients: d.Clients,
	}
}

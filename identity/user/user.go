package user

import (
	"slices"
	"time"
)

// User is a person of a tenant.
type User struct {
	Tenant        string
	ID            string // provider|id of the first account
	Email         string // "" when the provider told none
	EmailVerified bool
	Name          string
	GivenName     string
	FamilyName    string
	Nickname      string
	Picture       string         // an https URL, or ""
	UserMetadata  map[string]any // what the user may change
	AppMetadata   map[string]any // what only applications may change
	Blocked       bool
	LoginsCount   int64
	LastLogin     time.Time // zero before the first
	LastIP        string
	Created       time.Time
	Updated       time.Time // of the profile, not of a sign-in
}

// Identity is one account of a user at one connection.
type Identity struct {
	Tenant     string
	Connection string // the connection's id
	Account    string // the user's id at the provider
	Provider   string // auth0, google-oauth2, …
	UserID     string
	EmailKey   string // what it signs in with, folded; "" outside database connections
	Social     bool
	Profile    map[string]any
	Created    time.Time
}

// profile holds the claims of scope profile (OIDC Core §5.4) that we keep.
var profile = []struct {
	claim string
	of    func(*User) string
}{
	{"name", func(u *User) string { return u.Name }},
	{"given_name", func(u *User) string { return u.GivenName }},
	{"family_name", func(u *User) string { return u.FamilyName }},
	{"nickname", func(u *User) string { return u.Nickname }},
	{"picture", func(u *User) string { return u.Picture }},
}

// Claims are what the scopes let an application learn of the user (OIDC Core
// §5.1, §5.4), without sub. A claim without a value is left out. updated_at is
// in seconds since 1970.
func (u *User) Claims(scopes []string) map[string]any {
	claims := map[string]any{}
	if slices.Contains(scopes, "profile") {
		for _, p := range profile {
			if value := p.of(u); value != "" {
				claims[p.claim] = value
			}
		}
		claims["updated_at"] = u.Updated.Unix()
	}
	if slices.Contains(scopes, "email") && u.Email != "" {
		claims["email"], claims["email_verified"] = u.Email, u.EmailVerified
	}
	return claims
}

// SupportedClaims lists the claims that Claims can give, for discovery
// (OIDC Discovery §3).
func SupportedClaims() []string {
	names := []string{"updated_at", "email", "email_verified"}
	for _, p := range profile {
		names = append(names, p.claim)
	}
	slices.Sort(names)
	return names
}

package staff

import (
	"slices"
	"time"

	"github.com/gatehouse/gatehouse/platform/journal"
)

// Permission is a word that a route or use case asks for.
type Permission string

// The permissions.
const (
	ReadJournal Permission = "journal:read" // events of every tenant
	ReadChecks  Permission = "checks:read"  // what the checks found
	GrantRoles  Permission = "staff:grant"  // grant and revoke staff roles
)

// Role is a job and what it needs.
type Role struct {
	Name        string
	Title       string
	Permissions []Permission
}

// Administrator is the role that the first person gets.
const Administrator = "administrator"

// Roles are all roles there are.
var Roles = []Role{
	{Administrator, "Administrator", []Permission{ReadJournal, ReadChecks, GrantRoles}},
	{"security", "Security", []Permission{ReadJournal, ReadChecks}},
	{"support", "Support", []Permission{ReadJournal}},
	{"auditor", "Auditor", []Permission{ReadJournal, ReadChecks}},
}

func roleNamed(name string) *Role {
	for i := range Roles {
		if Roles[i].Name == name {
			return &Roles[i]
		}
	}
	return nil
}

// Known reports whether any role has the permission.
func Known(p Permission) bool {
	return slices.ContainsFunc(Roles, func(r Role) bool { return slices.Contains(r.Permissions, p) })
}

// Permissions is what somebody may do. Nobody's are empty.
type Permissions []Permission

// Has reports whether p is among them.
func (all Permissions) Has(p Permission) bool { return slices.Contains(all, p) }

// Grant is one person's hold on one role.
type Grant struct {
	ID        string
	User      string
	Role      string
	Reason    string
	By        string // who granted it
	GrantedAt time.Time
	Until     time.Time // zero for no end
	RevokedAt time.Time // zero while it is not
	RevokedBy string
}

// InForce reports whether the grant counts at that moment. The first instant
// of Until is beyond it.
func (g *Grant) InForce(now time.Time) bool {
	return g.RevokedAt.IsZero() && (g.Until.IsZero() || now.Before(g.Until))
}

// System is the machine itself: who set Gatehouse up, or recovers it.
var System = journal.Ref{Type: "host", ID: "system", Name: "This machine"}

// Person points to one of the staff in the journal.
func Person(userID, name string) journal.Ref {
	return journal.Ref{Type: "staff", ID: userID, Name: name}
}

package schema

// Class is how sensitive a table's data is.
type Class string

// The classes, from what anyone may see to what nobody may.
const (
	Operational   Class = "operational"   // says nothing about a person or customer
	Configuration Class = "configuration" // a customer's settings
	Personal      Class = "personal"      // about a person
	Secret        Class = "secret"        // opens something: hashed or sealed
)

// Export is how a tenant's rows leave with it.
type Export string

// The ways of exporting.
const (
	Whole    Export = "whole"    // every row
	Withheld Export = "withheld" // never: short-lived, or worth nothing elsewhere
)

// Erase is what erasing a person or a tenant does to the table.
type Erase string

// The ways of erasing.
const (
	Delete  Erase = "delete"  // the rows are deleted
	Shred   Erase = "shred"   // the rows stay, their key is destroyed
	Expire  Erase = "expire"  // the rows end by themselves within days
	Nothing Erase = "nothing" // nothing in it is a person's or a tenant's
)

// Table is one entry of the catalogue.
type Table struct {
	Name   string
	Tenant string // the column that names the tenant; "" where rows belong to the installation
	Person string // the column that names the user; "" where none does
	Class  Class
	Export Export
	Erase  Erase
}

// Catalogue names every table. A test compares it with the migrations: a table
// without an entry fails the build.
var Catalogue = []Table{
	{"installation", "", "", Operational, Withheld, Nothing},
	{"keys", "tenant", "subject", Secret, Withheld, Shred}, // through keyring.Destroy; the rows stay as the proof
	{"journal", "tenant", "subject", Personal, Whole, Shred},
	{"journal_blocks", "", "", Operational, Withheld, Nothing},
	{"journal_checkpoints", "", "", Operational, Withheld, Nothing},
	{"journal_reports", "", "", Operational, Withheld, Nothing},
	{"journal_cursors", "", "", Operational, Withheld, Nothing},
	{"leases", "", "", Operational, Withheld, Nothing},
	{"job_runs", "", "", Operational, Withheld, Nothing},
	{"tasks", "", "", Operational, Withheld, Expire},
	{"check_results", "", "", Operational, Withheld, Nothing},
	{"outbox", "tenant", "", Personal, Withheld, Delete},
	{"limit_buckets", "", "", Operational, Withheld, Expire},
	{"tenants", "id", "", Configuration, Whole, Delete},
	{"clients", "tenant", "", Configuration, Whole, Delete},
	{"apis", "tenant", "", Configuration, Whole, Delete},
	{"client_grants", "tenant", "", Configuration, Whole, Delete},
	{"connections", "tenant", "", Configuration, Whole, Delete},
	{"users", "tenant", "id", Personal, Whole, Delete},
	{"identities", "tenant", "user_id", Personal, Whole, Delete},
	{"passwords", "tenant", "", Secret, Whole, Delete},
	{"sessions", "tenant", "user_id", Personal, Withheld, Delete},
	{"grants", "tenant", "user_id", Personal, Withheld, Delete},
	{"refresh_tokens", "tenant", "", Secret, Withheld, Delete},
	{"access_tokens", "tenant", "", Secret, Withheld, Delete},
	{"revoked_tokens", "tenant", "", Operational, Withheld, Expire},
	{"signing_keys", "tenant", "", Secret, Withheld, Delete},
	{"journeys", "tenant", "", Personal, Withheld, Expire},
	{"codes", "tenant", "user_id", Secret, Withheld, Expire},
	{"consents", "tenant", "user_id", Personal, Whole, Delete},
	{"login_failures", "tenant", "", Personal, Withheld, Expire},
	{"staff_grants", "tenant", "user_id", Personal, Whole, Delete},
	{"one_time_links", "tenant", "", Secret, Withheld, Expire},
	{"console_sessions", "tenant", "user_id", Personal, Withheld, Delete},
}

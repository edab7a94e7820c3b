package arch

// Module is the import path of the repository's root.
const Module = "github.com/gatehouse/gatehouse"

// District is one row of the table: a folder at the root, the packages that
// may stand in it and the districts that these may import.
type District struct {
	Name  string // folder at the root
	Title string // what it answers, in a few words
	// Packages lists the folders directly below Name. Folders below those belong
	// to the same room. Empty: the district is a single package.
	Packages []string
	// MayImport lists districts. A district may always import itself.
	MayImport []string
	// Around marks what stands around the house (tests, benches, examples): it
	// may import everything, holds any package, and may read the machine's time.
	Around bool
}

// Everything in MayImport stands for all districts.
const Everything = "*"

// Table is the house, bottom first. It grows only by need: a package appears
// with its first working feature. A better cut changes this table and says why
// in docs/decisions.
var Table = []District{
	{
		Name: "platform", Title: "knows no business word",
		Packages: []string{
			"clock", "fault", "db", "document", "keyring", "journal",
			"jobs", "check", "outbound", "notify", "web",
		},
	},
	{
		Name: "schema", Title: "every table as numbered SQL files, and their catalogue",
	},
	{
		Name: "ui", Title: "the design system",
		MayImport: []string{"platform"},
	},
	{
		Name: "identity", Title: "who",
		Packages: []string{
			"tenant", "client", "api", "user", "org", "role",
			"credential", "session", "connection", "token",
		},
		MayImport: []string{"platform"},
	},
	{
		Name: "guard", Title: "attack protection",
		Packages:  []string{"limit", "shield", "risk"},
		MayImport: []string{"platform", "identity"},
	},
	{
		Name: "experience", Title: "what users see",
		Packages:  []string{"brand", "text", "template", "action"},
		MayImport: []string{"platform", "ui", "identity"},
	},
	{
		Name: "protocol", Title: "the wire standards",
		Packages:  []string{"login", "oauth", "oidc", "saml", "scim"},
		MayImport: []string{"platform", "ui", "identity", "guard", "experience"},
	},
	{
		Name: "watch", Title: "what happened",
		Packages: []string{
			"event", "intake", "lake", "query", "detect", "anomaly",
			"network", "stream",
		},
		MayImport: []string{"platform"},
	},
	{
		Name: "record", Title: "what we keep about ourselves",
		Packages:  []string{"staff", "thing", "case", "duty", "evidence"},
		MayImport: []string{"platform", "identity"},
	},
	{
		Name: "respond", Title: "what we do about it",
		Packages:  []string{"alert", "oncall", "incident", "vuln", "disclosure"},
		MayImport: []string{"platform", "identity", "watch", "record"},
	},
	{
		Name: "govern", Title: "what we promise",
		Packages:  []string{"access", "people", "delivery", "secret", "privacy", "proof"},
		MayImport: []string{"platform", "identity", "watch", "record", "respond"},
	},
	{
		Name: "front", Title: "the faces",
		Packages: []string{"manage", "console", "trust"},
		MayImport: []string{
			"platform", "schema", "ui", "identity", "guard", "experience",
			"protocol", "watch", "record", "respond", "govern",
		},
	},
	{
		Name: "app", Title: "composition root, and the one Config",
		MayImport: []string{Everything},
	},
	{
		Name: "cmd", Title: "main: commands only",
		Packages:  []string{"gatehouse"},
		MayImport: []string{"app"},
	},
	{Name: "arch", Title: "the test that checks this table", Around: true},
	{Name: "test", Title: "stories, harness, browser journeys, third-party clients", Around: true},
	{Name: "docs", Title: "documents, and examples that compile", Around: true},
	{Name: "deploy", Title: "how it is put on machines", Around: true},
	{Name: "bench", Title: "benchmarks, run as programs", Around: true},
}

// find gives the row of a district, or nil.
func find(table []District, name string) *District {
	for i := range table {
		if table[i].Name == name {
			return &table[i]
		}
	}
	return nil
}

// allows tells whether code of the district may import the other one.
func (d *District) allows(other string) bool {
	if d.Around || d.Name == other {
		return true
	}
	for _, name := range d.MayImport {
		if name == Everything || name == other {
			return true
		}
	}
	return false
}

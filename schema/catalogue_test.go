package schema

import (
	"database/sql"
	"flag"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // The engine on which the migrations are looked at.
)

var update = flag.Bool("update", false, "draw schema.sql anew")

// migrated is an empty database with the whole schema.
func migrated(t *testing.T) *sql.DB {
	t.Helper()
	d, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	d.SetMaxOpenConns(1) // Each connection has a memory of its own.
	t.Cleanup(func() { _ = d.Close() })
	names, err := fs.Glob(Files, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no migration: %v", err)
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(Files, name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if _, err := d.Exec(up); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return d
}

// column is one column of a table.
type column struct {
	name    string
	primary int // its place in the primary key, from 1; 0 outside
}

func tables(t *testing.T, d *sql.DB) map[string][]column {
	t.Helper()
	all := map[string][]column{}
	rows, err := d.Query(`SELECT m.name, c.name, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		var c column
		if err := rows.Scan(&table, &c.name, &c.primary); err != nil {
			t.Fatal(err)
		}
		all[table] = append(all[table], c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func has(columns []column, name string) bool {
	return slices.ContainsFunc(columns, func(c column) bool { return c.name == name })
}

func TestTheCatalogueIsTheSchema(t *testing.T) {
	there := tables(t, migrated(t))
	named := map[string]bool{}
	for _, entry := range Catalogue {
		columns, ok := there[entry.Name]
		switch {
		case named[entry.Name]:
			t.Errorf("%s stands twice in the catalogue", entry.Name)
		case !ok:
			t.Errorf("%s is in the catalogue and in no migration", entry.Name)
		case entry.Tenant != "" && !has(columns, entry.Tenant):
			t.Errorf("%s has no column %s to name its tenant", entry.Name, entry.Tenant)
		case entry.Person != "" && !has(columns, entry.Person):
			t.Errorf("%s has no column %s to name its person", entry.Name, entry.Person)
		case entry.Tenant == "" && has(columns, "tenant"):
			t.Errorf("%s has a tenant, which the catalogue does not say", entry.Name)
		case entry.Person == "" && has(columns, "user_id"):
			t.Errorf("%s has a user, which the catalogue does not say", entry.Name)
		}
		if !slices.Contains([]Class{Operational, Configuration, Personal, Secret}, entry.Class) ||
			!slices.Contains([]Export{Whole, Withheld}, entry.Export) || !slices.Contains([]Erase{Delete, Shred, Expire, Nothing}, entry.Erase) {
			t.Errorf("%s has a class, an export or an erasure that there is not", entry.Name)
		}
		if entry.Class == Secret && entry.Export == Whole && entry.Name != "passwords" { // Hashes leave with their people, as every provider lets them.
			t.Errorf("%s is secret and exported", entry.Name)
		}
		if entry.Erase == Nothing && (entry.Tenant != "" || entry.Person != "") {
			t.Errorf("%s belongs to somebody and is never erased", entry.Name)
		}
		named[entry.Name] = true
	}
	for table := range there {
		if !named[table] {
			t.Errorf("%s is in the migrations and not in the catalogue", table)
		}
	}
}

// otherwiseKeyed are the tables whose primary key does not begin with their
// tenant, each with its reason.
var otherwiseKeyed = map[string]string{
	"keys":    "a key is found by its id before anything of its tenant is known: what it wrapped names it",
	"journal": "the hottest table has no index that sealing does not need; reading goes by journal_tenant",
	"tenants": "it is the tenant",
}

func TestEveryRowIsFoundByItsTenantFirst(t *testing.T) {
	there := tables(t, migrated(t))
	for _, entry := range Catalogue {
		if entry.Tenant == "" || otherwiseKeyed[entry.Name] != "" {
			continue
		}
		for _, c := range there[entry.Name] {
			if c.primary == 1 && c.name != entry.Tenant {
				t.Errorf("the primary key of %s begins with %s, not with %s", entry.Name, c.name, entry.Tenant)
			}
		}
		if !slices.ContainsFunc(there[entry.Name], func(c column) bool { return c.primary == 1 }) {
			t.Errorf("%s has no primary key", entry.Name)
		}
	}
}

func TestNoRowPointsIntoAnotherTenant(t *testing.T) {
	d := migrated(t)
	tenant := map[string]string{}
	for _, entry := range Catalogue {
		tenant[entry.Name] = entry.Tenant
	}
	rows, err := d.Query(`SELECT m.name, f.id, f."table", f."from", f."to" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	type key struct {
		from, to string
		id       int
	}
	kept := map[key]bool{}
	for rows.Next() {
		var k key
		var from, to string
		if err := rows.Scan(&k.from, &k.id, &k.to, &from, &to); err != nil {
			t.Fatal(err)
		}
		kept[k] = kept[k] || from == tenant[k.from] && to == tenant[k.to] && from != ""
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(kept) == 0 {
		t.Error("there is no foreign key")
	}
	for k, within := range kept {
		if !within && tenant[k.to] != "" {
			t.Errorf("a foreign key of %s reaches into %s without the tenant", k.from, k.to)
		}
	}
}

// TestThePictureIsTheSchema keeps schema.sql, which shows at one glance what
// all the migrations come to.
func TestThePictureIsTheSchema(t *testing.T) {
	rows, err := migrated(t).Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	picture := "-- What the migrations come to: drawn by `go test ./schema -update`, never edited.\n"
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(text, "CREATE TABLE") {
			picture += "\n"
		}
		picture += text + ";\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(picture), 0o644); err != nil { //nolint:gosec // A source file, for all to read.
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile("schema.sql"); err != nil || string(kept) != picture {
		t.Errorf("schema.sql is not what the migrations come to (%v): go test ./schema -update", err)
	}
}

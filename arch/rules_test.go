package arch

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

const ours = `"` + Module + `/`

// tree builds a repository from its files.
func tree(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	read, err := Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// file is a Go file of package name that has the comment and the imports given.
func file(name string, imports ...string) string {
	text := fmt.Sprintf("// Package %s owns something.\npackage %s\n", name, name)
	for _, target := range imports {
		text += "import _ " + ours + target + "\"\n"
	}
	return text
}

func TestEveryBreachIsReported(t *testing.T) {
	long := strings.Repeat("\t_ = 1\n", MaxFunctionLines)
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string // each a part of one breach, in order
	}{
		{"a house that keeps the law", map[string]string{
			"platform/clock/clock.go":          "// Package clock owns now.\npackage clock\nimport \"time\"\nvar _ = time.Now\n",
			"platform/db/db.go":                file("db", "platform/clock"),
			"platform/db/dbtest/open.go":       file("dbtest", "schema", "platform/db"),
			"schema/schema.go":                 file("schema"),
			"identity/user/user.go":            file("user", "platform/db"),
			"identity/user/user_test.go":       file("user_test", "platform/db/dbtest", "schema"),
			"app/app.go":                       file("app", "schema", "identity/user"),
			"cmd/gatehouse/main.go":            "// Command gatehouse is the program.\npackage main\nimport _ " + ours + "app\"\n",
			"test/house/house.go":              file("house", "app", "platform/db/dbtest"),
			"bench/main.go":                    "// Command bench measures.\npackage main\nimport (\n\"time\"\n_ " + ours + "test/house\"\n)\nvar _ = time.Now\n",
			"app/testdata/util/util.go":        "package util",
			"test/clients/node_modules/x/x.go": "package broken(",
		}, nil},
		{"a district that imports what stands above it", map[string]string{
			"platform/db/db.go":       file("db", "identity/user"),
			"identity/user/user.go":   file("user", "protocol/oauth"),
			"protocol/oauth/oauth.go": file("oauth"),
		}, []string{
			"identity/user/user.go:3: identity may not import protocol/oauth",
			"platform/db/db.go:3: platform may not import identity/user",
		}},
		{"a district that imports a neighbour its row does not name", map[string]string{
			"identity/user/user.go": file("user", "schema"),
			"schema/schema.go":      file("schema"),
		}, []string{"identity/user/user.go:3: identity may not import schema"}},
		{"a test that reaches above its district", map[string]string{
			"platform/db/db_test.go": file("db_test", "identity/user"),
			"identity/user/user.go":  file("user"),
		}, []string{"platform/db/db_test.go:3: platform may not import identity/user"}},
		{"a program that goes round the composition root", map[string]string{
			"cmd/gatehouse/main.go": file("main", "platform/db"),
			"platform/db/db.go":     file("db"),
		}, []string{"cmd/gatehouse/main.go:3: cmd may not import platform/db"}},
		{"a house that leans on what stands around it", map[string]string{
			"app/app.go":         file("app", "bench/load"),
			"bench/load/load.go": file("load"),
		}, []string{"app/app.go:3: app may not import bench/load"}},
		{"a circle that runs through an inner folder", map[string]string{
			"identity/user/user.go":       file("user", "identity/session"),
			"identity/session/session.go": file("session", "identity/token/key"),
			"identity/token/key/key.go":   file("key"),
			"identity/token/token.go":     file("token", "identity/user"),
		}, []string{"import circle: identity/session → identity/token → identity/user → identity/session"}},
		{"a package outside the table", map[string]string{
			"identity/wizard/wizard.go": file("wizard"),
			"magic/magic.go":            file("magic"),
			"platform/platform.go":      file("platform"),
		}, []string{
			"identity/wizard: is not among the packages of identity",
			"magic: is in no district",
			"platform: is a district of rooms",
		}},
		{"a package at the root", map[string]string{
			"main.go": file("main"),
		}, []string{".: is in no district"}},
		{"a package that does not say what it owns", map[string]string{
			"identity/user/user.go": "package user\n",
			"guard/limit/limit.go":  "// Limits.\npackage limit\n",
		}, []string{`guard/limit: has no package comment that begins with "Package limit"`, "identity/user: has no package comment"}},
		{"names of drawers", map[string]string{
			"app/common/x.go":     file("common"),
			"app/token_helper.go": file("app"),
			"app/utils.go":        file("app"),
		}, []string{
			`app/common: "common" names a drawer`,
			`app/token_helper.go: "helper" names a drawer`,
			`app/utils.go: "utils" names a drawer`,
		}},
		{"a file and a function that grew too long", map[string]string{
			"app/app.go":      file("app") + strings.Repeat("\n", MaxFileLines),
			"app/run.go":      file("app") + "func run() {\n" + long + "}\n",
			"app/run_test.go": file("app") + "func long() {\n" + long + "}\n" + strings.Repeat("\n", MaxFileLines),
		}, []string{"app/app.go: has 402 lines; 400 are allowed", "app/run.go:3: run has 62 lines; 60 are allowed"}},
		{"code that asks the machine for the time", map[string]string{
			"app/a.go":      file("app") + "import \"time\"\nvar _ = time.Now()\n",
			"app/b.go":      file("app") + "import when \"time\"\nvar _ = when.Since(when.Time{})\n",
			"app/c.go":      file("app") + "import . \"time\"\nvar _ = Now()\n",
			"app/a_test.go": file("app") + "import \"time\"\nvar _ = time.Now()\n",
		}, []string{"app/a.go:4: time.Now belongs to platform/clock", "app/b.go:4: time.Since belongs", "app/c.go: imports time without its name"}},
		{"code that leans on a test package", map[string]string{
			"platform/jobs/jobs.go":      file("jobs", "platform/db/dbtest"),
			"platform/db/dbtest/open.go": file("dbtest"),
			"arch/arch.go":               file("arch", "test/house"),
			"test/house/house.go":        file("house"),
		}, []string{
			"arch/arch.go:3: test/house is for tests only",
			"platform/jobs/jobs.go:3: platform/db/dbtest is for tests only",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(Table, tree(t, tt.files))
			if len(got) != len(tt.want) {
				t.Fatalf("reported %d breaches, want %d: %v", len(got), len(tt.want), got)
			}
			for i, breach := range got {
				if !strings.Contains(breach.String(), tt.want[i]) {
					t.Errorf("reported %q, want %q", breach, tt.want[i])
				}
			}
		})
	}
}

func TestATieIsReported(t *testing.T) {
	home, registry := "/"+"root", registries[1]
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"an ordinary sentence", "the root of the work", false},
		{"a path of the module", "see platform/" + "work/x and ../root/y", false},
		{"the path of an address", "https://example.com/root/x", false},
		{"a name that begins alike", "/workers and /rooted", false},
		{"a home folder", "cd " + home, true},
		{"a file in a checkout", `"` + "/" + "work/main/go.mod" + `"`, true},
		{"a registry in a lock file", `"resolved": "https://` + registry + `/x.tgz"`, true},
		{"a picture that happens to hold a path", "\x00\x01 " + home + "/x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Ties(fstest.MapFS{
				"docs/page.md":     {Data: []byte(tt.text)},
				".gitignore":       {Data: []byte("/data/\n*.log\n")},
				"data/x":           {Data: []byte(home)},
				"app/run.log":      {Data: []byte(home)},
				".git/config":      {Data: []byte(home)},
				"x/node_modules/y": {Data: []byte(registry)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if (len(got) > 0) != tt.want {
				t.Errorf("reported %v, want a report: %v", got, tt.want)
			}
		})
	}
}

func TestTheMapQuotesTheFirstSentence(t *testing.T) {
	got := Map(Table, tree(t, map[string]string{
		"platform/db/doc.go": "// Package db owns the database: opening it,\n// and more. Other words.\npackage db\n",
		"platform/db/x.go":   "package db\n",
	}))
	want := "## platform: knows no business word\n\nMay import: nothing else.\n\n" +
		"- [`platform/db`](../platform/db) owns the database: opening it, and more.\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant it to end with\n%s", got, want)
	}
}

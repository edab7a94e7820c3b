package arch

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is derived from the table and the package comments")

const root = ".."

func house(t *testing.T) *Tree {
	t.Helper()
	tree, err := Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTheHouseKeepsItsLaw(t *testing.T) {
	tree := house(t)
	if len(tree.Files) == 0 {
		t.Fatal("found no Go file")
	}
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			for _, breach := range rule.Check(Table, tree) {
				t.Error(breach)
			}
		})
	}
}

func TestNoFileIsTiedToAMachineOrRegistry(t *testing.T) {
	breaches, err := Ties(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, breach := range breaches {
		t.Error(breach)
	}
}

func TestDerivedFilesAreFresh(t *testing.T) {
	lint := read(t, ".golangci.yml")
	lint, err := replaceLintRules(lint, LintRules(Table))
	if err != nil {
		t.Fatal(".golangci.yml: ", err)
	}
	for name, want := range map[string]string{
		"docs/map.md":   Map(Table, house(t)),
		".golangci.yml": lint,
	} {
		if *update {
			if err := os.WriteFile(filepath.Join(root, name), []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, read(t, name)); diff != "" {
			t.Errorf("%s is stale; run: go test ./arch -update\n(-fresh +stored)\n%s", name, diff)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if os.IsNotExist(err) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package arch

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Map is docs/map.md: the districts in the order of the table, and what each
// package says of itself in the first sentence of its comment.
func Map(table []District, t *Tree) string {
	var b strings.Builder
	b.WriteString("# Map of the house\n\n" +
		"Derived from the package comments and from `arch/table.go` by `go test ./arch -update`; do not edit.\n" +
		"A district imports only itself and what its line names.\n")
	dirs, files := t.packages()
	for _, row := range table {
		var lines []string
		for _, dir := range dirs {
			if district(dir) == row.Name {
				lines = append(lines, fmt.Sprintf("- [`%s`](../%s) %s\n", dir, dir, owns(files[dir])))
			}
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s: %s\n\nMay import: %s.\n\n", row.Name, row.Title, row.reach())
		b.WriteString(strings.Join(lines, ""))
	}
	return b.String()
}

func (d *District) reach() string {
	switch {
	case d.Around || slices.Contains(d.MayImport, Everything):
		return "everything"
	case len(d.MayImport) == 0:
		return "nothing else"
	}
	return strings.Join(d.MayImport, ", ")
}

// owns is the first sentence of a package comment without its opening words.
func owns(files []*File) string {
	text := strings.Join(strings.Fields(comment(files)), " ")
	words := strings.SplitN(text, " ", 3)
	if len(words) < 3 {
		return ""
	}
	sentence := words[2]
	if end := strings.Index(sentence, ". "); end >= 0 {
		sentence = sentence[:end+1]
	}
	return sentence
}

// The lines of .golangci.yml between which [LintRules] stands.
const (
	lintBegin = "      # districts: begin (derived from arch/table.go by `go test ./arch -update`)\n"
	lintEnd   = "      # districts: end\n"
)

// LintRules is the table as rules of depguard, so that an editor shows a
// forbidden import while it is typed.
func LintRules(table []District) string {
	var b strings.Builder
	b.WriteString("      rules:\n")
	for _, row := range table {
		var denied []string
		for _, other := range table {
			if !row.Around && (other.Around || !row.allows(other.Name)) {
				denied = append(denied, other.Name)
			}
		}
		if len(denied) == 0 {
			continue
		}
		sort.Strings(denied)
		// "!$test": test files may use the schema and the test packages; which
		// of them, the arch test knows better than a glob can say.
		fmt.Fprintf(&b, "        %s:\n          list-mode: lax\n          files:\n", row.Name)
		fmt.Fprintf(&b, "            - \"${config-path}/%s/**\"\n            - \"!$test\"\n            - \"!**/*test/*.go\"\n          deny:\n", row.Name)
		for _, name := range denied {
			fmt.Fprintf(&b, "            - {pkg: %s/%s, desc: \"%s may not import %s\"}\n", Module, name, row.Name, name)
		}
	}
	return b.String()
}

// replaceLintRules puts the derived rules into the text of .golangci.yml.
func replaceLintRules(config, rules string) (string, error) {
	before, rest, found := strings.Cut(config, lintBegin)
	_, after, closed := strings.Cut(rest, lintEnd)
	if !found || !closed {
		return "", fmt.Errorf("the lines %q and %q are missing", lintBegin, lintEnd)
	}
	return before + lintBegin + rules + lintEnd + after, nil
}

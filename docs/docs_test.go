package docs

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

var update = flag.Bool("update", false, "quote the files anew")

// pages gives every Markdown file below this folder, and the README.
func pages(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../README.md"); err == nil {
		names = append(names, "../README.md")
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quoted matches a comment that names a file, and the fence that quotes it.
var quoted = regexp.MustCompile("(?s)<!-- file: ([^ ]+) -->\n```([a-z]*)\n(.*?)```\n")

func TestQuotedFilesAreQuotedAsTheyStand(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		text := read(t, page)
		fresh := quoted.ReplaceAllStringFunc(text, func(block string) string {
			found++
			parts := quoted.FindStringSubmatch(block)
			source := read(t, filepath.Join(filepath.Dir(page), parts[1]))
			return "<!-- file: " + parts[1] + " -->\n```" + parts[2] + "\n" + source + "```\n"
		})
		if *update && fresh != text {
			if err := os.WriteFile(page, []byte(fresh), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(fresh, text); diff != "" {
			t.Errorf("%s is stale; run: go test ./docs -update\n(-file +page)\n%s", page, diff)
		}
	}
	if found == 0 {
		t.Error("no page quotes a file")
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?s)```.*?```")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlug = regexp.MustCompile(`[^a-z0-9 -]`)
)

// slug is the anchor that a heading gets: lower case, words joined by hyphens.
func slug(title string) string {
	return strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := page
			if target != "" {
				to = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, match[1])
				continue
			}
			if anchor == "" || filepath.Ext(to) != ".md" {
				continue
			}
			known := false
			for _, title := range heading.FindAllStringSubmatch(read(t, to), -1) {
				known = known || slug(title[1]) == anchor
			}
			if !known {
				t.Errorf("%s: %s has no heading for #%s", page, to, anchor)
			}
		}
	}
}

func TestEveryDependencySaysWhy(t *testing.T) {
	text := read(t, "../go.mod")
	mod, err := modfile.Parse("go.mod", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, require := range mod.Require {
		if !require.Indirect {
			used[require.Mod.Path] = true
		}
	}
	var npm struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "../test/clients/package.json")), &npm); err != nil {
		t.Fatal(err)
	}
	for name := range npm.Dependencies {
		used[name] = true
	}
	said := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^- `([^`]+)`: .+").FindAllStringSubmatch(read(t, "dependencies.md"), -1) {
		said[match[1]] = true
	}
	for name := range used {
		if !said[name] {
			t.Errorf("dependencies.md does not say why %s is needed", name)
		}
	}
	for name := range said {
		if !used[name] {
			t.Errorf("dependencies.md explains %s, which is not used", name)
		}
	}
}

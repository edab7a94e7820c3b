package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// machinePath matches a path that only exists on the machine of whoever wrote it.
var machinePath = regexp.MustCompile(`(^|[^\w.~/:-])/(` + strings.Join([]string{"work", "root"}, "|") + `)(/|[^\w/-]|$)`)

// registries are the hosts that packages come from. Which mirror a machine uses
// is its own affair: a file that names one ties the build to it.
var registries = []string{
	"proxy." + "golang.org", "registry." + "npmjs.org", "deb." + "debian.org", "py" + "pi.org",
}

// Ties reports every text file that is tied to one machine or one registry.
func Ties(fsys fs.FS) ([]Breach, error) {
	var out []Breach
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := path.Base(name); base == ".git" || base == "node_modules" || ignored(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || ignored(fsys, name) {
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		out = append(out, ties(name, text)...)
		return nil
	})
	return out, err
}

func ties(name string, text []byte) []Breach {
	if bytes.IndexByte(text[:min(len(text), 8192)], 0) >= 0 {
		return nil // a picture, not a text
	}
	var out []Breach
	for i, line := range bytes.Split(text, []byte("\n")) {
		where := fmt.Sprintf("%s:%d", name, i+1)
		if found := machinePath.Find(line); found != nil {
			out = append(out, Breach{where, fmt.Sprintf("names a path of one machine (%s)", bytes.TrimSpace(found))})
		}
		for _, host := range registries {
			if bytes.Contains(line, []byte(host)) {
				out = append(out, Breach{where, "names the registry host " + host})
			}
		}
	}
	return out
}

// ignored reads the few forms that .gitignore at the root uses: "/path",
// "*.suffix" and "name/". What git leaves out is not part of the repository.
func ignored(fsys fs.FS, name string) bool {
	rules, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return false
	}
	for _, rule := range strings.Fields(string(rules)) {
		rule = strings.TrimSuffix(rule, "/")
		if rooted, ok := strings.CutPrefix(rule, "/"); ok {
			if name == rooted {
				return true
			}
		} else if matched, _ := path.Match(rule, path.Base(name)); matched {
			return true
		}
	}
	return false
}

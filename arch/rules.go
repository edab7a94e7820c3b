package arch

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Breach is one place where the repository departs from the law.
type Breach struct {
	Where string // file:line, or the folder of a package
	What  string // a sentence
}

func (b Breach) String() string { return b.Where + ": " + b.What }

// Rules are the laws of the house, in the order in which they are reported.
var Rules = []struct {
	Name  string
	Check func(table []District, t *Tree) []Breach
}{
	{"every package has its place in the table", place},
	{"a district imports only what its row allows", imports},
	{"rooms of a district import each other without a circle", circles},
	{"test packages are imported by tests only", testImports},
	{"every package says what it owns", comments},
	{"names say what a thing is", names},
	{"files and functions stay small", sizes},
	{"only the clock asks for the time", times},
}

// Check applies every rule of the law to the tree.
func Check(table []District, t *Tree) []Breach {
	var all []Breach
	for _, rule := range Rules {
		all = append(all, rule.Check(table, t)...)
	}
	return all
}

func at(file *File, line int) string { return fmt.Sprintf("%s:%d", file.Path, line) }

func place(table []District, t *Tree) []Breach {
	var out []Breach
	dirs, _ := t.packages()
	for _, dir := range dirs {
		row := find(table, district(dir))
		switch {
		case row == nil:
			out = append(out, Breach{dir, "is in no district of the table (arch/table.go)"})
		case row.Around || len(row.Packages) == 0:
		case dir == row.Name:
			out = append(out, Breach{dir, "is a district of rooms; code belongs in one of them"})
		case !slices.Contains(row.Packages, strings.Split(dir, "/")[1]):
			out = append(out, Breach{dir, "is not among the packages of " + row.Name + " (arch/table.go)"})
		}
	}
	return out
}

func imports(table []District, t *Tree) []Breach {
	var out []Breach
	for _, file := range t.Files {
		row := find(table, district(file.Dir))
		if row == nil {
			continue // reported by place
		}
		for _, target := range file.Imports {
			to := district(target.Dir)
			// Tests open databases that hold the real schema.
			if (file.Test || testCode(file.Dir)) && (to == "schema" || testCode(target.Dir)) {
				continue
			}
			if !row.allows(to) || (find(table, to) != nil && find(table, to).Around && !row.Around) {
				out = append(out, Breach{at(file, target.Line), fmt.Sprintf("%s may not import %s", row.Name, target.Dir)})
			}
		}
	}
	return out
}

func testImports(_ []District, t *Tree) []Breach {
	var out []Breach
	for _, file := range t.Files {
		if file.Test || testCode(file.Dir) || district(file.Dir) == "bench" {
			continue
		}
		for _, target := range file.Imports {
			if testCode(target.Dir) {
				out = append(out, Breach{at(file, target.Line), target.Dir + " is for tests only"})
			}
		}
	}
	return out
}

// circles looks at rooms rather than packages: the compiler already refuses a
// circle of packages, but not one that runs through a room's inner folders.
func circles(table []District, t *Tree) []Breach {
	next := map[string][]string{}
	for _, file := range t.Files {
		from := room(table, file.Dir)
		if file.Test || testCode(file.Dir) || find(table, district(from)) == nil {
			continue
		}
		for _, target := range file.Imports {
			to := room(table, target.Dir)
			if to != from && district(to) == district(from) && !slices.Contains(next[from], to) {
				next[from] = append(next[from], to)
			}
		}
	}
	return walk(next)
}

// walk finds the circles of a graph, each reported once, at its first room.
func walk(next map[string][]string) []Breach {
	var out []Breach
	var trail []string
	done := map[string]bool{}
	var visit func(room string)
	visit = func(room string) {
		for i, seen := range trail {
			if seen == room {
				circle := append(append([]string{}, trail[i:]...), room)
				out = append(out, Breach{room, "is part of an import circle: " + strings.Join(circle, " → ")})
				return
			}
		}
		if done[room] {
			return
		}
		trail = append(trail, room)
		sort.Strings(next[room])
		for _, to := range next[room] {
			visit(to)
		}
		trail = trail[:len(trail)-1]
		done[room] = true
	}
	rooms := make([]string, 0, len(next))
	for room := range next {
		rooms = append(rooms, room)
	}
	sort.Strings(rooms)
	for _, room := range rooms {
		visit(room)
	}
	return out
}

package arch

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// The largest file and function that may be written by hand. Tests may grow:
// their tables are data.
const (
	MaxFileLines     = 400
	MaxFunctionLines = 60
)

// drawers are names that say nothing about what lies inside.
var drawers = []string{
	"util", "utils", "common", "commons", "helper", "helpers", "manager", "managers",
}

func comments(_ []District, t *Tree) []Breach {
	var out []Breach
	dirs, files := t.packages()
	for _, dir := range dirs {
		if !described(files[dir]) {
			name := files[dir][0].syntax.Name.Name
			out = append(out, Breach{dir, fmt.Sprintf("has no package comment that begins with %q", "Package "+name)})
		}
	}
	return out
}

// comment gives the package comment of a package, or "".
func comment(files []*File) string {
	for _, file := range files {
		if doc := file.syntax.Doc; doc != nil && opens(file, doc.Text()) {
			return doc.Text()
		}
	}
	return ""
}

func described(files []*File) bool { return comment(files) != "" }

// opens tells whether text is a package comment: "Package x …", or
// "Command x …" for a program.
func opens(file *File, text string) bool {
	name := file.syntax.Name.Name
	if name == "main" && strings.HasPrefix(text, "Command ") {
		return true
	}
	return strings.HasPrefix(text, "Package "+name+" ") ||
		strings.HasPrefix(text, "Package "+strings.TrimSuffix(name, "_test")+" ")
}

func names(_ []District, t *Tree) []Breach {
	var out []Breach
	dirs, _ := t.packages()
	for _, dir := range dirs {
		for _, part := range strings.Split(dir, "/") {
			if slices.Contains(drawers, part) {
				out = append(out, Breach{dir, fmt.Sprintf("%q names a drawer, not a thing", part)})
			}
		}
	}
	for _, file := range t.Files {
		for _, part := range strings.Split(strings.TrimSuffix(path.Base(file.Path), ".go"), "_") {
			if slices.Contains(drawers, part) {
				out = append(out, Breach{file.Path, fmt.Sprintf("%q names a drawer, not a thing", part)})
			}
		}
	}
	return out
}

func sizes(_ []District, t *Tree) []Breach {
	var out []Breach
	for _, file := range t.Files {
		if file.Test || ast.IsGenerated(file.syntax) {
			continue
		}
		if file.Lines > MaxFileLines {
			out = append(out, Breach{file.Path, fmt.Sprintf("has %d lines; %d are allowed", file.Lines, MaxFileLines)})
		}
		for _, decl := range file.syntax.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			first := t.line(function.Pos())
			if lines := t.line(function.End()) - first + 1; lines > MaxFunctionLines {
				out = append(out, Breach{at(file, first), fmt.Sprintf("%s has %d lines; %d are allowed",
					function.Name.Name, lines, MaxFunctionLines)})
			}
		}
	}
	return out
}

// clockPackage is the one package that may ask the machine for the time.
const clockPackage = "platform/clock"

// times also refuses Since and Until, which read the same clock unseen.
func times(table []District, t *Tree) []Breach {
	var out []Breach
	for _, file := range t.Files {
		row := find(table, district(file.Dir))
		if file.Test || testCode(file.Dir) || file.Dir == clockPackage || (row != nil && row.Around) {
			continue
		}
		name := importedAs(file, "time")
		if name == "" {
			continue
		}
		if name == "." {
			out = append(out, Breach{file.Path, "imports time without its name, which hides who asks for the time"})
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			base, ok := selector.X.(*ast.Ident)
			if ok && base.Name == name && slices.Contains([]string{"Now", "Since", "Until"}, selector.Sel.Name) {
				out = append(out, Breach{at(file, t.line(selector.Pos())),
					"time." + selector.Sel.Name + " belongs to " + clockPackage + "; take a clock.Clock"})
			}
			return true
		})
	}
	return out
}

// importedAs gives the name under which a file knows a package, or "".
func importedAs(file *File, target string) string {
	for _, spec := range file.syntax.Imports {
		if spec.Path.Value != `"`+target+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(target)
	}
	return ""
}

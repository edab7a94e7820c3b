package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
)

// Tree is the Go source of one repository, read from its files.
type Tree struct {
	Files []*File
	set   *token.FileSet
}

// File is one parsed Go file.
type File struct {
	Path    string // from the root, with slashes
	Dir     string // folder of the package
	Test    bool   // ends in _test.go
	Lines   int
	Imports []Import
	syntax  *ast.File
}

// Import is one import of the repository's own packages.
type Import struct {
	Dir  string // folder of the imported package
	Line int
}

// Read parses every Go file below the root of fsys, whatever its build tags.
// Like the go command it leaves out testdata, folders that begin with "." or
// "_", and modules inside the module; node_modules too.
func Read(fsys fs.FS) (*Tree, error) {
	t := &Tree{set: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(fsys, name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		return t.add(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the source tree: %w", err)
	}
	return t, nil
}

func skip(fsys fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (t *Tree) add(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	file := &File{
		Path: name, Dir: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"),
		Lines: strings.Count(string(text), "\n"), syntax: syntax,
	}
	for _, spec := range syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if target == Module {
			target = Module + "/."
		}
		if dir, ours := strings.CutPrefix(target, Module+"/"); ours {
			file.Imports = append(file.Imports, Import{Dir: dir, Line: t.line(spec.Pos())})
		}
	}
	t.Files = append(t.Files, file)
	return nil
}

func (t *Tree) line(pos token.Pos) int { return t.set.Position(pos).Line }

// packages gives the files of every package folder, in the order of the names.
func (t *Tree) packages() (dirs []string, files map[string][]*File) {
	files = map[string][]*File{}
	for _, file := range t.Files {
		if files[file.Dir] == nil {
			dirs = append(dirs, file.Dir)
		}
		files[file.Dir] = append(files[file.Dir], file)
	}
	sort.Strings(dirs)
	return dirs, files
}

// district is the folder at the root that dir lies in.
func district(dir string) string {
	name, _, _ := strings.Cut(dir, "/")
	return name
}

// room is the package of the table that dir belongs to: "platform/db" for
// platform/db/dbtest, "schema" for a district that is a single package.
func room(table []District, dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	if row := find(table, parts[0]); len(parts) == 1 || row == nil || len(row.Packages) == 0 {
		return parts[0]
	}
	return parts[0] + "/" + parts[1]
}

// testCode tells whether a package exists for tests only: everything below
// test/, and folders whose name ends in "test", such as platform/db/dbtest.
func testCode(dir string) bool {
	return district(dir) == "test" || strings.HasSuffix(path.Base(dir), "test")
}

package schema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// acrossTenants are the statements that touch a tenant's rows and name no
// tenant, by file and a part of their text, each with its reason.
var acrossTenants = []struct{ file, part, reason string }{
	{"platform/journal/", "FROM journal", "one transparency log covers every tenant's events"},
	{"platform/journal/", "UPDATE journal", "sealing gives positions across tenants"},
	{"platform/keyring/", "FROM keys", "the hierarchy is walked by ids; rotation and probes look at all of it"},
	{"platform/keyring/", "UPDATE keys", "a key is changed by its id"},
	{"platform/notify/", "outbox", "mails are pruned and counted for the installation"},
	{"identity/credential/probes.go", "FROM passwords", "the probe counts every hash of the installation"},
	{"front/console/session.go", "DELETE FROM console_sessions", "what has ended is deleted for the installation"},
	{"record/staff/link.go", "DELETE FROM one_time_links", "what has ended is deleted for the installation"},
}

var (
	statement = regexp.MustCompile(`(?is)^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)
	touched   = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)`)
	inserted  = regexp.MustCompile(`(?is)^\s*INSERT\s.*\btenant\b`)
	compared  = regexp.MustCompile(`(?i)\btenant\s*=|\(tenant,`)
	star      = regexp.MustCompile(`(?i)SELECT\s+(?:DISTINCT\s+)?(?:[a-z_]+\.)?\*|,\s*[a-z_]+\.\*`)
)

// sources are the SQL statements in the product's Go files, each with its
// place. Parts that are put together at compile time are read as one.
func sources(t *testing.T, visit func(file, where, text string)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if base := path.Base(name); name != "." && (base[0] == '.' || base == "node_modules" || base == "testdata") || name == "test" || name == "bench" {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(path.Dir(name), "test"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			if text, isText := joined(e); isText && statement.MatchString(text) {
				visit(name, set.Position(e.Pos()).String(), text)
				return false
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// joined is a text literal, or several put together; what is no literal among
// them is left out.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, l := joined(e.X)
		right, r := joined(e.Y)
		return left + right, e.Op == token.ADD && (l || r)
	}
	return "", false
}

func TestEveryStatementNamesItsTenant(t *testing.T) {
	belongs := map[string]bool{}
	for _, entry := range Catalogue {
		belongs[entry.Name] = entry.Tenant == "tenant"
	}
	used := make([]bool, len(acrossTenants))
	count := 0
	sources(t, func(file, where, text string) {
		count++
		for _, m := range touched.FindAllStringSubmatch(text, -1) {
			if !belongs[m[1]] || inserted.MatchString(text) || compared.MatchString(text) {
				continue
			}
			i := slices.IndexFunc(acrossTenants, func(a struct{ file, part, reason string }) bool {
				return strings.HasPrefix(file, a.file) && strings.Contains(text, a.part)
			})
			if i < 0 {
				t.Errorf("%s: touches %s and names no tenant: %s", where, m[1], text)
				continue
			}
			used[i] = true
		}
	})
	for i, a := range acrossTenants {
		if !used[i] {
			t.Errorf("no statement in %s with %q needs an exception any more", a.file, a.part)
		}
	}
	if count < 100 {
		t.Errorf("only %d statements were found: the lint looks past them", count)
	}
}

func TestColumnsAreListed(t *testing.T) {
	sources(t, func(_, where, text string) {
		if star.MatchString(text) {
			t.Errorf("%s: lists no columns: %s", where, text)
		}
	})
}

func TestTheLintSees(t *testing.T) {
	for text, wrong := range map[string]bool{
		"SELECT * FROM users": true, "SELECT u.* FROM users u": true, "SELECT DISTINCT * FROM users": true, "SELECT a, u.* FROM users u": true,
		"SELECT count(*) FROM users": false, "SELECT a * b FROM users": false,
	} {
		if star.MatchString(text) != wrong {
			t.Errorf("%s", text)
		}
	}
}

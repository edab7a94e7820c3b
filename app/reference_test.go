package app

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the configuration reference anew")

const referenceFile = "../docs/configuration.md"

// TestReference keeps the configuration reference what the Config is.
func TestReference(t *testing.T) {
	want := reference()
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("the reference is not the Config's (go test ./app -run Reference -update writes it):\n%s", diff)
	}
}

func reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration reference

Every setting of ` + "`gatehouse serve`" + ` and of the commands that work on its data folder. A flag wins over its
environment variable, which wins over the default. A flag that is not known is refused. This page is made from the
one ` + "`Config`" + ` struct in ` + "`app/config.go`" + `.

| flag | environment | default | meaning |
|---|---|---|---|
`)
	for field := range fields(reflect.TypeFor[Config]()) {
		tag := field.Tag
		name := tag.Get("name")
		if name == "" {
			name = strings.ToLower(field.Name)
		}
		standard := "none"
		if d := tag.Get("default"); d != "" {
			standard = "`" + d + "`"
		}
		list := ""
		if field.Type.Kind() == reflect.Slice {
			list = " Several are separated by commas."
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s%s |\n", name, tag.Get("env"), standard, strings.ReplaceAll(tag.Get("help"), "|", "\\|"), list)
	}
	b.WriteString(`
## What lies in the data folder

| file | what it is |
|---|---|
| ` + "`gatehouse.db`" + ` (with ` + "`-wal`, `-shm`" + `) | the SQLite database, unless PostgreSQL is used |
| ` + "`root.key`" + ` | the root of the key hierarchy. Without it no secret in the database can be read |
| ` + "`ca.pem`, `ca-key.pem`" + ` | the local certificate authority, where no certificate is given |
| ` + "`checkpoints.txt`" + ` | signed checkpoints of the journal, outside the database. Copy them away: whoever holds one notices a journal that was rewritten |
| ` + "`address.json`" + ` | where it was last served, for commands that work without the server |
| ` + "`admin.sock`" + ` | the admin socket, while a server runs |
| ` + "`lock`" + ` | held by the running server |
`)
	return b.String()
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

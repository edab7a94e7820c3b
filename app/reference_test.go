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

func TestUnderstand(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		says   string // "" when it is understood
	}{
		{"the default", Config{PublicURL: "https://localhost:8443", RateMultiplier: 1}, ""},
		{"plain HTTP on loopback", Config{PublicURL: "http://127.0.0.1:8080", RateMultiplier: 1}, ""},
		{"plain HTTP elsewhere", Config{PublicURL: "http://login.example.com", RateMultiplier: 1}, "only a loopback host"},
		{"a path", Config{PublicURL: "https://example.com/login", RateMultiplier: 1}, "more than a host and port"},
		{"credentials", Config{PublicURL: "https://a:b@example.com", RateMultiplier: 1}, "more than a host and port"},
		{"no scheme", Config{PublicURL: "localhost:8443", RateMultiplier: 1}, "not of the form"},
		{"a public IP address without an operator host", Config{PublicURL: "https://192.0.2.1", RateMultiplier: 1}, "operator-host has to be named"},
		{"an operator host that is the public one", Config{PublicURL: "https://example.com", Operator: "example.com", RateMultiplier: 1}, "one of its own"},
		{"a certificate without its key", Config{PublicURL: "https://example.com", Certificate: "a.pem", RateMultiplier: 1}, "go together"},
		{"a proxy by name", Config{PublicURL: "https://example.com", TrustedProxies: []string{"proxy"}, RateMultiplier: 1}, "neither an address nor a network"},
		{"no rate at all", Config{PublicURL: "https://example.com"}, "above 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.config.understand()
			switch {
			case tt.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("said %v, want %q", err, tt.says)
			}
		})
	}
}

package db

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestDemandTLS(t *testing.T) {
	for _, tt := range []struct {
		name, url string
		plaintext []string
		ways      int // that are left; 0 is a refusal
	}{
		{"a remote server by the library's default", "postgres://u@db.example/x", nil, 0},
		{"a remote server that is not verified", "postgres://u@db.example/x?sslmode=require", nil, 0},
		{"a remote server without TLS", "postgres://u@db.example/x?sslmode=disable", nil, 0},
		{"a remote server that is verified", "postgres://u@db.example/x?sslmode=verify-full", nil, 1},
		{"a remote server that is allowed by name", "postgres://u@db.example/x?sslmode=disable", []string{"db.example"}, 1},
		{"another than the one that is allowed", "postgres://u@db2.example/x?sslmode=disable", []string{"db.example"}, 0},
		{"this machine", "postgres://u@127.0.0.1/x?sslmode=disable", nil, 1},
		{"a local socket", "postgres:///x?host=/var/run/postgresql&sslmode=disable", nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := pgx.ParseConfig(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			err = demandTLS(c, tt.plaintext)
			if (err == nil) != (tt.ways > 0) {
				t.Fatalf("%v", err)
			}
			if err == nil && 1+len(c.Fallbacks) != tt.ways {
				t.Errorf("%d ways are left, want %d", 1+len(c.Fallbacks), tt.ways)
			}
		})
	}
}

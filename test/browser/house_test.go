//go:build browser

package browser

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// house is a running server with the demo in it.
type house struct {
	Issuer  string // "https://localhost:port/"
	Console string // "https://operator.localhost:port/console/"
	Setup   string // the one-time link
	Data    string // the data folder
	CA      string // path of the local CA
	Demo    demo
	HTTP    *http.Client // trusts the local CA
}

// demo is what `gatehouse demo --json` says.
type demo struct {
	Users   []struct{ Email, Password string }
	Clients map[string]struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
}

// startHouse builds the program and serves a new house with it. callback is the
// application's.
func startHouse(t *testing.T, callback string) *house {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "gatehouse")
	run(t, "go", "build", "-o", program, "github.com/gatehouse/gatehouse/cmd/gatehouse")
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Issuer: "https://localhost:" + port + "/", Console: "https://operator.localhost:" + port + "/console/", Data: filepath.Join(dir, "data")}
	settings := []string{"--data", h.Data, "--listen", address, "--public-url", "https://localhost:" + port}
	// Before the server, so that its first checks find the demo's passwords.
	if err := json.Unmarshal(run(t, program, append([]string{"demo", "--json", "--redirect-uri", callback}, settings...)...), &h.Demo); err != nil {
		t.Fatal(err)
	}
	h.serve(t, exec.Command(program, append([]string{"serve"}, settings...)...))
	h.CA = filepath.Join(h.Data, "ca.pem")
	h.trust(t)
	h.await(t)
	return h
}

var setupLink = regexp.MustCompile(`https://\S+/setup\?token=\S+`)

// serve starts the server, reads its one-time link and keeps what it says for
// when the test fails.
func (h *house) serve(t *testing.T, server *exec.Cmd) {
	t.Helper()
	said, err := os.Create(filepath.Join(filepath.Dir(h.Data), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = said
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server, said) })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if link := setupLink.FindString(lines.Text()); link != "" {
			h.Setup = link
			return
		}
	}
	t.Fatal("the server ended without a set-up link")
}

func stop(t *testing.T, server *exec.Cmd, said *os.File) {
	_ = server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	_ = said.Close()
	log, err := os.ReadFile(said.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(log), "\n") {
		if strings.Contains(line, "status=5") || strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			t.Errorf("the server said: %s", line)
		}
	}
	if t.Failed() {
		t.Logf("the server's log ends:\n%s", log[max(0, len(log)-4000):])
	}
}

func (h *house) trust(t *testing.T) {
	t.Helper()
	pem, err := os.ReadFile(h.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	h.HTTP = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, Timeout: 30 * time.Second}
}

// await waits until the server answers. It listens before it says its link, so
// one request is enough.
func (h *house) await(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.Issuer+".well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := h.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("discovery answers %s", answer.Status)
	}
}

// freeAddress asks the system for a port that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run runs a program and returns what it prints.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("%s: %v\n%s", name, err, failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

package house

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/app"
)

// Program is the real binary as a child, for what can only be done to a
// process: ending it without warning, or watching its system calls.
type Program struct {
	testing.TB
	Path    string
	Data    string
	Address string // where it listens; it believes to be at Public
	Further []string

	child *exec.Cmd
	ended chan error
	log   *log
}

// Build builds the binary.
func Build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gatehouse")
	out, err := exec.Command("go", "build", "-o", path, "github.com/gatehouse/gatehouse/cmd/gatehouse").CombinedOutput()
	if err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return path
}

// NewProgram is a program that has not been started, on a data folder of its
// own. further are more arguments of serve.
func NewProgram(t testing.TB, path string, further ...string) *Program {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	p := &Program{TB: t, Path: path, Data: filepath.Join(t.TempDir(), "data"), Address: l.Addr().String(), Further: further, log: &log{}}
	t.Cleanup(func() {
		if p.child != nil {
			_ = p.Stop() // Not killed: its log is written out.
		}
		if t.Failed() {
			t.Logf("the program said:\n%.8000s", p.log)
		}
	})
	return p
}

func (p *Program) arguments(command ...string) []string {
	return append(append(command, "--data", p.Data, "--listen", p.Address, "--public-url", Public), p.Further...)
}

// Start starts the server, behind a command such as strace if one is given, and
// waits until it answers.
func (p *Program) Start(before ...string) {
	p.Helper()
	line := append(append(before, p.Path), p.arguments("serve")...)
	p.child = exec.Command(line[0], line[1:]...)
	p.child.Stdout, p.child.Stderr = p.log, p.log
	p.child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.child.Start(); err != nil {
		p.Fatal(err)
	}
	p.ended = make(chan error, 1)
	go func(c *exec.Cmd, ended chan error) { ended <- c.Wait() }(p.child, p.ended)
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-p.ended:
			p.child = nil
			p.Fatalf("the server ended: %v\n%s", err, p.log)
		default:
		}
		// It listens first, then says where it is, then serves.
		if c, err := net.Dial("tcp", p.Address); err == nil {
			_ = c.Close()
			if strings.Contains(p.log.String(), "The console is at") {
				return
			}
		}
		if time.Since(began) > soon {
			p.Fatalf("the server does not answer\n%s", p.log)
		}
	}
}

// Kill ends the process, and what it runs in, without warning.
func (p *Program) Kill() { p.end(syscall.SIGKILL) }

// Stop asks the process to end and waits until it has.
func (p *Program) Stop() error { return p.end(syscall.SIGTERM) }

func (p *Program) end(signal syscall.Signal) error {
	_ = syscall.Kill(-p.child.Process.Pid, signal)
	err := <-p.ended
	p.child = nil
	return err
}

// Run runs another command on the same data folder.
func (p *Program) Run(command ...string) (string, error) {
	out, err := exec.Command(p.Path, p.arguments(command...)...).CombinedOutput()
	return string(out), err
}

// Furnish makes the demo.
func (p *Program) Furnish() *app.Demo {
	p.Helper()
	out, err := p.Run("demo", "--json")
	demo := &app.Demo{}
	if err == nil {
		err = json.Unmarshal([]byte(out), demo)
	}
	if err != nil {
		p.Fatalf("demo: %v\n%s", err, out)
	}
	return demo
}

// Client is an HTTP client with cookies of its own that finds the server,
// whatever tenant it asks for, and follows no redirect out of it.
func (p *Program) Client() *http.Client {
	p.Helper()
	pem, err := os.ReadFile(filepath.Join(p.Data, "ca.pem"))
	if err != nil {
		p.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	jar, _ := cookiejar.New(nil) // It has no error without options.
	return &http.Client{Jar: jar, Timeout: soon,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", p.Address)
			}},
		CheckRedirect: func(next *http.Request, _ []*http.Request) error {
			if !strings.HasSuffix(next.URL.Host, "localhost") {
				return http.ErrUseLastResponse
			}
			return nil
		}}
}

// Said is what the process has printed and logged.
func (p *Program) Said() string { return p.log.String() }

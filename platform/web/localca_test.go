package web_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

func openCA(t *testing.T, dir string, clk clock.Clock, hosts ...string) *web.LocalCA {
	t.Helper()
	ca, err := web.OpenLocalCA(dir, clk, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestTheAuthorityStays(t *testing.T) {
	dir, clk := filepath.Join(t.TempDir(), "tls"), clock.NewFake(start)
	first := openCA(t, dir, clk, "id.example.com")
	content, err := os.ReadFile(first.Path())
	if err != nil || !first.Created() {
		t.Fatalf("it was not made: %v", err)
	}
	for name, mode := range map[string]os.FileMode{"ca.pem": 0o644, "ca-key.pem": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	for _, tt := range []struct {
		name   string
		change func() []string // returns the hosts to serve
		made   bool
	}{
		{"the same hosts keep it", func() []string { return []string{"ID.example.com."} }, false},
		{"a subdomain keeps it", func() []string { return []string{"acme.id.example.com"} }, false},
		{"localhost and loopback keep it", func() []string { return []string{"operator.localhost", "127.0.0.1", "::1"} }, false},
		{"a new host makes another", func() []string { return []string{"other.example"} }, true},
		{"an address makes another", func() []string { return []string{"192.0.2.1"} }, true},
		{"a lost certificate makes another", func() []string { _ = os.Remove(first.Path()); return nil }, true},
		{"a certificate of another key makes another", func() []string { _ = os.WriteFile(first.Path(), content, 0o600); return nil }, true},
		{"its last days make another", func() []string { clk.Forward(10*365*24*time.Hour - 80*24*time.Hour); return nil }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if ca := openCA(t, dir, clk, tt.change()...); ca.Created() != tt.made {
				t.Errorf("made anew: %t", ca.Created())
			}
		})
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestARottenAuthorityIsNotReplacedInSilence(t *testing.T) {
	dir := t.TempDir()
	openCA(t, dir, clock.NewFake(start))
	if err := os.WriteFile(filepath.Join(dir, "ca-key.pem"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := web.OpenLocalCA(dir, clock.NewFake(start)); err == nil {
		t.Error("the rubbish was replaced")
	}
}

func TestLeaves(t *testing.T) {
	clk := clock.NewFake(start)
	ca := openCA(t, t.TempDir(), clk, "id.example.com")
	for _, tt := range []struct {
		name, host string
		ok         bool
	}{
		{"localhost is issued", "localhost", true},
		{"a tenant of localhost is issued", "acme.localhost", true},
		{"a loopback address is issued", "127.0.0.1", true},
		{"an IPv6 loopback address is issued", "::1", true},
		{"the public host is issued", "id.example.com", true},
		{"a tenant of it is issued", "acme.id.example.com", true},
		{"its parent is not", "example.com", false},
		{"a name that only ends like it is not", "evilid.example.com", false},
		{"a public address is not", "93.184.216.34", false},
		{"a stranger's name is not", "bank.example", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			certificate, err := ca.Certificate(tt.host)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				return
			}
			options := x509.VerifyOptions{Roots: ca.Pool(), DNSName: tt.host, CurrentTime: clk.Now()}
			if net.ParseIP(tt.host) != nil {
				options.DNSName = "[" + tt.host + "]"
			}
			if _, err := certificate.Leaf.Verify(options); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLeavesAreKeptAndRenewed(t *testing.T) {
	clk := clock.NewFake(start)
	ca := openCA(t, t.TempDir(), clk)
	var crowd sync.WaitGroup
	got := make([]*tls.Certificate, 64)
	for i := range got {
		crowd.Go(func() { got[i], _ = ca.Certificate("localhost") })
	}
	crowd.Wait()
	for _, certificate := range got {
		if certificate == nil || certificate != got[0] {
			t.Fatal("a crowd at the door had more than one certificate minted")
		}
	}
	clk.Forward(59 * 24 * time.Hour)
	if again, _ := ca.Certificate("LOCALHOST."); again != got[0] {
		t.Error("it was renewed too early")
	}
	clk.Forward(2 * 24 * time.Hour)
	if again, _ := ca.Certificate("localhost"); again == got[0] {
		t.Error("it was not renewed at two thirds of its life")
	}
}

// TestOpenSSLAgrees shows that another implementation checks the constraints.
func TestOpenSSLAgrees(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	ca := openCA(t, dir, clock.System(), "id.example.com")
	for _, host := range []string{"acme.localhost", "127.0.0.1", "acme.id.example.com"} {
		certificate, err := ca.Certificate(host)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "leaf.pem")
		writePair(t, file, "", certificate)
		name := []string{"-verify_hostname", host}
		if net.ParseIP(host) != nil {
			name[0] = "-verify_ip"
		}
		args := append([]string{"verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca.Path()}, name...)
		if out, err := exec.Command(openssl, append(args, file)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", host, out)
		}
	}
	file := filepath.Join(dir, "forged.pem")
	writePair(t, file, "", forge(t, dir, "bank.example"))
	out, err := exec.Command(openssl, "verify", "-CAfile", ca.Path(), file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "permitted subtree violation") {
		t.Errorf("a stolen key signs for the whole internet: %s", out)
	}
}

// forge signs for any host with the authority's key, as its thief would.
func forge(t *testing.T, dir, host string) *tls.Certificate {
	t.Helper()
	authority, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host},
		NotBefore: authority.Leaf.NotBefore, NotAfter: authority.Leaf.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, authority.Leaf.PublicKey, authority.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{encoded}}
}

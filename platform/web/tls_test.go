package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// handshake is the state that both sides agree on over loopback.
func handshake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = tls.Server(conn, server).Handshake()
		_ = conn.Close()
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	conn := tls.Client(raw, client)
	err = conn.Handshake()
	return conn.ConnectionState(), err
}

func TestHandshake(t *testing.T) {
	ca := openCA(t, t.TempDir(), clock.System())
	server := web.TLSConfig(ca.GetCertificate(func(host string) bool { return host == "localhost" || host == "acme.localhost" }))
	for _, tt := range []struct {
		name   string
		change func(*tls.Config)
		ok     bool
	}{
		{"a tenant's host is served", func(*tls.Config) {}, true},
		{"also in capitals", func(c *tls.Config) { c.ServerName = "ACME.localhost" }, true},
		{"an unknown host fails the handshake", func(c *tls.Config) { c.ServerName = "evil.localhost" }, false},
		{"a loopback address, which has no SNI, is served", func(c *tls.Config) { c.ServerName = "127.0.0.1" }, true},
		{"TLS 1.2 is served", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, true},
		{"TLS 1.1 is not", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, false},
		{"CBC is not", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}, false},
		{"the post-quantum exchange is served", func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768} }, true},
		{"P-521, which nobody needs, is not", func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP521} }, false},
		{"HTTP/2 is chosen", func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }, true},
		{"a foreign protocol is not", func(c *tls.Config) { c.NextProtos = []string{"ftp"} }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := &tls.Config{RootCAs: ca.Pool(), ServerName: "acme.localhost"} //nolint:gosec // the versions are what is tested
			tt.change(client)
			state, err := handshake(t, server, client)
			if (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
			if err == nil && len(client.NextProtos) > 0 && state.NegotiatedProtocol != "h2" {
				t.Errorf("chose %q", state.NegotiatedProtocol)
			}
		})
	}
}

// writePair writes a certificate, and its key unless keyFile is "".
func writePair(t *testing.T, certFile, keyFile string, certificate *tls.Certificate) {
	t.Helper()
	write := func(name, kind string, content []byte) {
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certFile, "CERTIFICATE", certificate.Certificate[0])
	if keyFile != "" {
		key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		write(keyFile, "PRIVATE KEY", key)
	}
}

func TestCertFilesAreReloaded(t *testing.T) {
	dir, clk := t.TempDir(), clock.NewFake(start)
	ca := openCA(t, dir, clk)
	first, _ := ca.Certificate("a.localhost")
	second, _ := ca.Certificate("longer-name.localhost")
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, first)
	files, err := web.OpenCertFiles(certFile, keyFile, clk, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	// Each change gets a modification time of its own, however coarse the disk's clock.
	changes := 0
	touch := func() {
		changes++
		for _, name := range []string{certFile, keyFile} {
			_ = os.Chtimes(name, start, start.Add(time.Duration(changes)*time.Second))
		}
	}
	for _, tt := range []struct {
		name   string
		change func()
		wait   time.Duration
		want   *tls.Certificate
	}{
		{"nothing changes", func() {}, time.Second, first},
		{"half a renewal keeps the old pair", func() { writePair(t, certFile, "", second); touch() }, time.Second, first},
		{"the whole renewal is not seen in the same second", func() { writePair(t, certFile, keyFile, second); touch() }, 0, first},
		{"but in the next", func() {}, time.Second, second},
		{"rubbish keeps the old pair", func() { _ = os.WriteFile(certFile, []byte("rubbish"), 0o600); touch() }, time.Second, second},
		{"a missing file keeps the old pair", func() { _ = os.Remove(keyFile) }, time.Second, second},
		{"a repaired pair is taken", func() { writePair(t, certFile, keyFile, first); touch() }, time.Second, first},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.change()
			clk.Forward(tt.wait)
			got, err := files.GetCertificate(nil)
			if err != nil || !got.Leaf.Equal(tt.want.Leaf) {
				t.Errorf("got %v, %v", got.Leaf.DNSNames, err)
			}
		})
	}
	if _, err := web.OpenCertFiles(filepath.Join(dir, "none"), keyFile, clk, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a missing certificate was opened")
	}
}

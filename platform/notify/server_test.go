package notify_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// smtpServer is a mail server of the test's own (RFC 5321).
type smtpServer struct {
	Port  string
	Roots *x509.CertPool

	listener net.Listener
	tls      *tls.Config
	startTLS bool
	// reply answers a command other than by its success; "" is success.
	reply func(command string) string

	mu       sync.Mutex
	received []string // envelope and content of each mail
	commands []string
	wait     sync.WaitGroup
}

// serve starts a server. With implicit, TLS comes first; with startTLS it is
// offered.
func serve(t *testing.T, implicit, startTLS bool, reply func(string) string) *smtpServer {
	t.Helper()
	cert, roots := certificate(t)
	s := &smtpServer{Roots: roots, startTLS: startTLS, reply: reply, tls: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	_, s.Port, _ = net.SplitHostPort(s.listener.Addr().String())
	s.wait.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			if implicit {
				conn = tls.Server(conn, s.tls)
			}
			s.wait.Go(func() { s.talk(conn, implicit) })
		}
	})
	t.Cleanup(func() { _ = s.listener.Close(); s.wait.Wait() })
	return s
}

func (s *smtpServer) talk(conn net.Conn, secure bool) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 test")
	var envelope []string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.note(line)
		if answer := s.answer(line); answer != "" {
			say(answer)
			continue
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			say("250-test")
			if s.startTLS && !secure {
				say("250-STARTTLS")
			}
			say("250-AUTH PLAIN")
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			upgraded := tls.Server(conn, s.tls)
			conn, in, secure = upgraded, bufio.NewReader(upgraded), true
		case "AUTH":
			say("235 welcome")
		case "MAIL", "RCPT":
			envelope = append(envelope, line)
			say("250 fine")
		case "DATA":
			say("354 go on")
			s.keep(envelope, readData(in))
			envelope = nil
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func readData(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

func (s *smtpServer) answer(line string) string {
	if s.reply == nil {
		return ""
	}
	return s.reply(line)
}

func (s *smtpServer) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, line)
}

func (s *smtpServer) keep(envelope []string, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, strings.Join(envelope, "\n")+"\n\n"+content)
}

// Received is every mail that was taken.
func (s *smtpServer) Received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.received...)
}

// Said reports whether a command beginning so was received.
func (s *smtpServer) Said(prefix string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.commands {
		if strings.HasPrefix(c, prefix) {
			return true
		}
	}
	return false
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
)

// Listener is a public listener as a probe reaches it.
type Listener struct {
	Address func() string // where to dial; "" while nobody listens
	Hosts   func(context.Context) ([]string, error)
	Roots   *x509.CertPool // nil is the system's
	Plain   bool           // speaks HTTP, which only a loopback issuer does
	Clock   clock.Clock
}

const (
	expirySoon  = 7 * 24 * time.Hour   // a certificate that ends sooner is not being renewed
	shortestPin = 365 * 24 * time.Hour // of HSTS
)

// TLSProbe checks each host of the listener by a handshake: version, cipher
// suite, key exchange, certificate.
func TLSProbe(l Listener) check.Probe {
	return check.Probe{Name: "tls.handshake", Title: "Encryption in transit",
		Claim:   "Every public host speaks TLS 1.2 or later, with forward secrecy and a certificate that lasts another week.",
		Version: "1", Every: time.Hour, Run: l.each(l.handshake)}
}

// HSTSProbe checks that every host's answers pin HTTPS (RFC 6797).
func HSTSProbe(l Listener) check.Probe {
	return check.Probe{Name: "tls.hsts", Title: "HTTPS only (HSTS)",
		Claim:   "Every public host tells browsers to come by HTTPS alone, for a year or longer.",
		Version: "1", Every: time.Hour, Run: l.each(l.pinned)}
}

// each runs a look at every host.
func (l Listener) each(look func(ctx context.Context, host string) (why string, fact any, err error)) func(context.Context) check.Result {
	return func(ctx context.Context) check.Result {
		if l.Plain {
			return check.Result{State: check.NotYet, Summary: "The issuer is plain HTTP on this machine: there is no TLS to look at."}
		}
		if l.Address() == "" {
			return check.Result{State: check.Unverified, Summary: "Nobody listens yet."}
		}
		hosts, err := l.Hosts(ctx)
		if err != nil {
			return check.Failed(err)
		}
		var failures []check.Failure
		facts := map[string]any{}
		for _, host := range hosts {
			why, fact, err := look(ctx, host)
			if err != nil {
				why = err.Error()
			}
			if why != "" {
				failures = append(failures, check.Failure{Subject: host, Reason: why})
			}
			facts[host] = fact
		}
		result := check.Of(len(hosts), failures, facts)
		if result.State == check.Kept {
			result.Summary = do(hosts)
		}
		return result
	}
}

// do says that the hosts do as the claim says.
func do(hosts []string) string {
	switch len(hosts) {
	case 1:
		return hosts[0] + " does."
	case 2:
		return hosts[0] + " and " + hosts[1] + " do."
	}
	return fmt.Sprintf("All %d hosts do.", len(hosts))
}

func (l Listener) config(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: l.Roots, MinVersion: tls.VersionTLS12, Time: l.Clock.Now}
}

func (l Listener) handshake(ctx context.Context, host string) (why string, fact any, err error) {
	// A client that offers only what is too old must be refused.
	old := l.config(host)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 // #nosec G402 -- the probe asks for what must be refused
	if c, err := (&tls.Dialer{Config: old}).DialContext(ctx, "tcp", l.Address()); err == nil {
		_ = c.Close()
		return "The listener accepts TLS 1.1.", nil, nil
	}
	c, err := (&tls.Dialer{Config: l.config(host)}).DialContext(ctx, "tcp", l.Address())
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = c.Close() }()
	state := c.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	fact = fmt.Sprintf("%s, %s, %s, until %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.CurveID, leaf.NotAfter.Format(time.DateOnly))
	if leaf.NotAfter.Sub(l.Clock.Now()) < expirySoon {
		return "The certificate ends on " + leaf.NotAfter.Format(time.DateOnly) + ".", fact, nil
	}
	return "", fact, nil
}

func (l Listener) pinned(ctx context.Context, host string) (why string, fact any, err error) {
	transport := &http.Transport{TLSClientConfig: l.config(host), DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Address())
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/.well-known/openid-configuration", nil)
	if err != nil {
		return "", nil, err
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return "", nil, err
	}
	_ = answer.Body.Close()
	header := answer.Header.Get("Strict-Transport-Security")
	for directive := range strings.SplitSeq(header, ";") {
		text, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age=")
		if seconds, err := strconv.ParseInt(text, 10, 64); ok && err == nil && time.Duration(seconds)*time.Second >= shortestPin {
			return "", header, nil
		}
	}
	return fmt.Sprintf("The answer's Strict-Transport-Security is %q.", header), header, nil
}

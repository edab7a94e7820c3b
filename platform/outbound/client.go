package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// ErrRefused is the cause of the fault for a request that the rules forbid; it
// was not sent.
var ErrRefused = errors.New("outbound request refused")

// Config are the bounds of a Client.
type Config struct {
	// Allow exempts from the rules: a host or host:port may resolve to any
	// address and speak plain HTTP; a network in CIDR form may be reached, but by
	// HTTPS only.
	Allow []string
	// Own maps our own hosts ("host:port", lower case) to the address where we
	// listen, as their names need not resolve on this machine. They are exempt
	// from the address rule. nil has none.
	Own          func(hostPort string) (address string, ok bool)
	Timeout      time.Duration  // of a request with its body and redirects; 0 is 10 seconds
	MaxBytes     int64          // of an answer's body, decompressed; 0 is 1 MiB
	MaxRedirects int            // 0 follows none
	Roots        *x509.CertPool // nil takes the system's
	Resolver     *net.Resolver  // nil takes the system's
	Clock        clock.Clock    // by which certificates are good; nil is the system's
}

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 1 << 20
	maxHeaderBytes  = 64 << 10
)

// Client makes guarded requests. It is safe for concurrent use.
type Client struct {
	config    Config
	allow     allowance
	transport *http.Transport
	http      *http.Client
}

// New returns a Client, or an error when Allow has an entry that cannot be read.
func New(config Config) (*Client, error) {
	allow, err := readAllowance(config.Allow)
	if err != nil {
		return nil, err
	}
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	if config.Clock == nil {
		config.Clock = clock.System()
	}
	if config.MaxBytes == 0 {
		config.MaxBytes = defaultMaxBytes
	}
	c := &Client{config: config, allow: allow}
	c.transport = &http.Transport{
		// No Proxy: one from the environment would dial for us, past the guard.
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: config.Roots, Time: config.Clock.Now},
		TLSHandshakeTimeout:    config.Timeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    8,
		MaxConnsPerHost:        64,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	c.http = &http.Client{Transport: c, Timeout: config.Timeout, CheckRedirect: c.redirect}
	return c, nil
}

// HTTP is the guarded client for libraries that want one.
func (c *Client) HTTP() *http.Client { return c.http }

// Do sends the request. A request that the rules forbid is Forbidden with the
// cause ErrRefused; any other failure is Unavailable. The caller closes the body.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.http.Do(r)
	if err == nil {
		return answer, nil
	}
	if errors.Is(err, ErrRefused) {
		return nil, fault.Wrap(fault.Forbidden, "This address may not be called.", err)
	}
	if fault.Is(err, fault.TooLarge) {
		return nil, err
	}
	return nil, fault.Wrap(fault.Unavailable, "The other side could not be reached.", err)
}

// RoundTrip checks one hop and sends it: http.Client calls it for each redirect.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.check(r); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	answer, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.ContentLength > c.config.MaxBytes {
		_ = answer.Body.Close()
		return nil, tooLarge(c.config.MaxBytes)
	}
	answer.Body = &boundedBody{ReadCloser: answer.Body, left: c.config.MaxBytes, limit: c.config.MaxBytes}
	return answer, nil
}

func (c *Client) check(r *http.Request) error {
	host, port := r.URL.Hostname(), portOf(r.URL)
	switch {
	case host == "":
		return fmt.Errorf("%w: the URL has no host", ErrRefused)
	case r.URL.User != nil:
		// A password in a URL ends in logs, and "host@other" reads like host.
		return fmt.Errorf("%w: the URL has user information", ErrRefused)
	case r.URL.Scheme == "https":
		return nil
	case r.URL.Scheme == "http" && (c.allow.name(host, port) || c.own(host, port)):
		return nil
	}
	return fmt.Errorf("%w: %s URLs are not called", ErrRefused, r.URL.Scheme)
}

func (c *Client) own(host, port string) bool {
	if c.config.Own == nil {
		return false
	}
	_, ok := c.config.Own(key(host, port))
	return ok
}

// redirect follows at most MaxRedirects, and sends a body only back to the
// origin that it was meant for.
func (c *Client) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > c.config.MaxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrRefused, c.config.MaxRedirects)
	}
	first := via[0].URL
	if next.Body != nil && next.Body != http.NoBody && (next.URL.Scheme != first.Scheme || next.URL.Host != first.Host) {
		return fmt.Errorf("%w: a redirect would carry the body to another origin", ErrRefused)
	}
	return nil
}

// dial connects to an address that the rules permit. The decision is taken on
// the very address that is connected to, in Control, after all look-ups.
func (c *Client) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: c.config.Timeout, Resolver: c.config.Resolver}
	if c.config.Own != nil {
		if address, ok := c.config.Own(key(host, port)); ok {
			return dialer.DialContext(ctx, network, address)
		}
	}
	if !c.allow.name(host, port) {
		dialer.ControlContext = c.control
	}
	return dialer.DialContext(ctx, network, hostPort)
}

func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	pair, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s is not an internet address", ErrRefused, address)
	}
	if public(pair.Addr()) || c.allow.address(pair.Addr()) {
		return nil
	}
	return fmt.Errorf("%w: %s is not a public address", ErrRefused, pair.Addr())
}

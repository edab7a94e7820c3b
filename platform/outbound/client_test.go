package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/outbound"
)

// site is an HTTPS server on loopback that counts what reaches it.
type site struct {
	*httptest.Server
	hits  atomic.Int64
	roots *x509.CertPool
}

func newSite(t *testing.T, answer http.HandlerFunc) *site {
	t.Helper()
	s := &site{roots: x509.NewCertPool()}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	s.roots.AddCert(s.Certificate())
	return s
}

func (s *site) host() string { return strings.TrimPrefix(s.URL, "https://") }

func client(t *testing.T, config outbound.Config) *outbound.Client {
	t.Helper()
	c, err := outbound.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(c *outbound.Client, target string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		return "", err
	}
	answer, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestWhatMayBeCalled(t *testing.T) {
	s := newSite(t, hello)
	plain := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(plain.Close)
	plainHost := strings.TrimPrefix(plain.URL, "http://")
	_, port, _ := net.SplitHostPort(s.host())
	for _, tt := range []struct {
		name   string
		allow  []string
		target string
		reach  bool
	}{
		{"loopback is refused", nil, s.URL, false},
		{"loopback allowed by address is reached", []string{"127.0.0.1"}, s.URL, true},
		{"loopback allowed with this port is reached", []string{s.host()}, s.URL, true},
		{"loopback allowed with another port is refused", []string{"127.0.0.1:1"}, s.URL, false},
		{"loopback allowed as a network is reached", []string{"127.0.0.0/8"}, s.URL, true},
		{"another network allows nothing", []string{"10.0.0.0/8"}, s.URL, false},
		{"the IPv4-mapped form is no way around", nil, "https://[::ffff:127.0.0.1]:" + port, false},
		{"the unspecified address is no way around", nil, "https://0.0.0.0:" + port, false},
		{"a number as host is no way around", nil, "https://2130706433:" + port, false},
		{"plain HTTP is refused though the network is allowed", []string{"127.0.0.0/8"}, plain.URL, false},
		{"plain HTTP is reached when allowed by name", []string{plainHost}, plain.URL, true},
		{"user information is refused though the host is allowed", []string{"127.0.0.1"}, "https://a:b@" + s.host(), false},
		{"another scheme is refused", []string{"127.0.0.1"}, "gopher://" + s.host(), false},
		{"a URL without a host is refused", nil, "https:///path", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.hits.Load()
			_, err := get(client(t, outbound.Config{Allow: tt.allow, Roots: s.roots}), tt.target)
			if reached := err == nil; reached != tt.reach {
				t.Fatalf("reached %t: %v", reached, err)
			}
			var unknown *net.DNSError // what some resolvers say to a number
			if !tt.reach && !errors.Is(err, outbound.ErrRefused) && !errors.As(err, &unknown) {
				t.Errorf("it failed, but was not refused: %v", err)
			}
			if !tt.reach && s.hits.Load() != before {
				t.Error("the refused request arrived")
			}
		})
	}
}

func TestARefusalIsForbidden(t *testing.T) {
	s := newSite(t, hello)
	_, err := get(client(t, outbound.Config{}), s.URL)
	if !fault.Is(err, fault.Forbidden) || !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(fault.Public(err), "127.0.0.1") {
		t.Errorf("the public sentence tells an address: %s", fault.Public(err))
	}
}

func TestUnreadableAllowances(t *testing.T) {
	for _, entry := range []string{"", "https://example.com", "*.example.com", "10.0.0.0/99", "a b"} {
		if _, err := outbound.New(outbound.Config{Allow: []string{entry}}); err == nil {
			t.Errorf("%q was accepted", entry)
		}
	}
}

func TestRedirects(t *testing.T) {
	inner := newSite(t, hello)
	for _, tt := range []struct {
		name   string
		to     string
		method string
		allow  bool // the target too
		reach  bool
	}{
		{"to an allowed host is followed", inner.URL, http.MethodGet, true, true},
		{"to a private address is refused", inner.URL, http.MethodGet, false, false},
		{"to the metadata service is refused", "https://169.254.169.254/latest/meta-data/", http.MethodGet, false, false},
		{"down to plain HTTP is refused", "http://93.184.216.34/", http.MethodGet, false, false},
		{"to user information is refused", strings.Replace(inner.URL, "https://", "https://a:b@", 1), http.MethodGet, true, false},
		{"that carries a body elsewhere is refused", inner.URL, http.MethodPost, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			outer := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, tt.to, http.StatusTemporaryRedirect)
			})
			outer.roots.AddCert(inner.Certificate())
			config := outbound.Config{Allow: []string{outer.host()}, Roots: outer.roots, MaxRedirects: 3}
			if tt.allow {
				config.Allow = append(config.Allow, inner.host())
			}
			before := inner.hits.Load()
			r, _ := http.NewRequest(tt.method, outer.URL, strings.NewReader("secret"))
			if tt.method == http.MethodGet {
				r.Body, r.GetBody, r.ContentLength = nil, nil, 0
			}
			answer, err := client(t, config).Do(r)
			if err == nil {
				_ = answer.Body.Close()
			}
			if (err == nil) != tt.reach || (inner.hits.Load() > before) != tt.reach {
				t.Errorf("error %v, %d arrived", err, inner.hits.Load()-before)
			}
			if !tt.reach && !errors.Is(err, outbound.ErrRefused) {
				t.Errorf("it failed, but was not refused: %v", err)
			}
		})
	}
}

func TestARingOfRedirectsEnds(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) })
	_, err := get(client(t, outbound.Config{Allow: []string{s.host()}, Roots: s.roots, MaxRedirects: 2}), s.URL)
	if !errors.Is(err, outbound.ErrRefused) || s.hits.Load() != 3 {
		t.Errorf("%d requests, %v", s.hits.Load(), err)
	}
}

func TestBoundsOfTheAnswer(t *testing.T) {
	const limit = 1000
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		ok     bool
	}{
		{"an answer of the limit is read", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, limit))
		}, true},
		{"one byte more is an error, announced", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, limit+1))
		}, false},
		{"one byte more is an error, streamed", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = w.Write(make([]byte, limit+1))
		}, false},
		{"a small body that swells is an error", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, false},
		{"a header without end is an error", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, tt.answer)
			body, err := get(client(t, outbound.Config{Allow: []string{s.host()}, Roots: s.roots, MaxBytes: limit}), s.URL)
			if (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
			if len(body) > limit {
				t.Errorf("%d bytes came through", len(body))
			}
		})
	}
}

// TestRebinding plays the classic attack: the name has a public address when it
// is looked at, and loopback when it is called.
func TestRebinding(t *testing.T) {
	s := newSite(t, hello)
	_, port, _ := net.SplitHostPort(s.host())
	resolver := resolver("93.184.216.34", "127.0.0.1")
	seen, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.test")
	if err != nil || seen[0].String() != "93.184.216.34" {
		t.Fatalf("the first look-up gave %v, %v", seen, err)
	}
	_, err = get(client(t, outbound.Config{Resolver: resolver, Roots: s.roots}), "https://rebind.test:"+port)
	if !errors.Is(err, outbound.ErrRefused) || s.hits.Load() != 0 {
		t.Errorf("%d requests arrived, %v", s.hits.Load(), err)
	}
}

func TestAllowedNamesMayResolveToPrivateAddresses(t *testing.T) {
	s := newSite(t, hello)
	_, port, _ := net.SplitHostPort(s.host())
	// httptest's certificate is for example.com.
	config := outbound.Config{Resolver: resolver("127.0.0.1"), Roots: s.roots, Allow: []string{"Example.com."}}
	if body, err := get(client(t, config), "https://example.com:"+port); err != nil || body != "hello" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestOwnHostsNeedNoName(t *testing.T) {
	s := newSite(t, hello)
	config := outbound.Config{Roots: s.roots, Own: func(hostPort string) (string, bool) {
		return s.host(), hostPort == "example.com:443"
	}}
	target := url.URL{Scheme: "https", Host: "EXAMPLE.com"}
	if body, err := get(client(t, config), target.String()); err != nil || body != "hello" {
		t.Errorf("got %q, %v", body, err)
	}
}

// resolver answers A questions from the list, staying at its last entry. It
// speaks DNS over a pipe, so nothing leaves the process.
func resolver(answers ...string) *net.Resolver {
	var asked atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go answerDNS(far, func() netip.Addr {
			i := min(int(asked.Add(1)), len(answers))
			return netip.MustParseAddr(answers[i-1])
		})
		return near, nil
	}}
}

func answerDNS(conn net.Conn, next func() netip.Addr) {
	defer func() { _ = conn.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		raw := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, raw); err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(raw); err != nil {
			return
		}
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: next().As4()},
			}}
		}
		packed, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
			return
		}
	}
}

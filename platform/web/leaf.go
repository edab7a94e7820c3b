package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxLeaves bounds the certificates kept in memory, at about two kilobytes each.
// One more pushes an arbitrary other out, which costs that host one signature.
const maxLeaves = 2048

type leafCache struct {
	mu     sync.RWMutex
	byHost map[string]leaf
}

type leaf struct {
	certificate *tls.Certificate
	renew       time.Time
}

func (l *leafCache) get(host string, now time.Time) *tls.Certificate {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if known, ok := l.byHost[host]; ok && now.Before(known.renew) {
		return known.certificate
	}
	return nil
}

func (l *leafCache) put(host string, fresh leaf) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byHost == nil {
		l.byHost = make(map[string]leaf)
	}
	if _, known := l.byHost[host]; !known && len(l.byHost) >= maxLeaves {
		for other := range l.byHost {
			delete(l.byHost, other)
			break
		}
	}
	l.byHost[host] = fresh
}

// GetCertificate is for tls.Config: it issues at the handshake for hosts that
// policy knows, and for the address the client reached when that is a loopback
// address (a client sends no SNI for an address, RFC 6066 §3). Any other
// handshake fails.
func (c *LocalCA) GetCertificate(policy func(host string) bool) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		host, loopback, err := wanted(hello)
		if err != nil {
			return nil, err
		}
		if !loopback && !policy(host) {
			return nil, errors.New("tls: no tenant has this host name")
		}
		return c.Certificate(host)
	}
}

// wanted is the host of the handshake.
func wanted(hello *tls.ClientHelloInfo) (host string, loopback bool, err error) {
	if hello.ServerName != "" {
		return normalHost(hello.ServerName), false, nil
	}
	if hello.Conn != nil {
		if pair, err := netip.ParseAddrPort(hello.Conn.LocalAddr().String()); err == nil {
			address := pair.Addr().Unmap().WithZone("")
			return address.String(), address.IsLoopback(), nil
		}
	}
	return "", false, errors.New("tls: the client names no host")
}

// Certificate is the host's certificate, from memory until two thirds of its
// life are over. A host outside the authority's constraints is an error.
func (c *LocalCA) Certificate(host string) (*tls.Certificate, error) {
	host = normalHost(host)
	if known := c.leaves.get(host, c.clock.Now()); known != nil {
		return known, nil
	}
	minted, err, _ := c.minting.Do(host, func() (any, error) { return c.mint(host) })
	if err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	return minted.(*tls.Certificate), nil
}

func (c *LocalCA) mint(host string) (*tls.Certificate, error) {
	now := c.clock.Now()
	if known := c.leaves.get(host, now); known != nil {
		return known, nil // minted between our look and our turn
	}
	if !c.permits(host) {
		return nil, fmt.Errorf("%q is not among the names this authority was made for", host)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Gatehouse"}},
		NotBefore:    now.Add(-clockSkew), NotAfter: now.Add(leafLifetime),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if address := net.ParseIP(host); address != nil {
		template.IPAddresses = []net.IP{address}
	} else {
		template.DNSNames = []string{host}
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, c.certificate, key.Public(), c.key)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(encoded)
	if err != nil {
		return nil, err
	}
	minted := &tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key, Leaf: parsed}
	c.leaves.put(host, leaf{minted, now.Add(leafRenewal)})
	return minted, nil
}

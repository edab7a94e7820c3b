package web

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/gatehouse/gatehouse/platform/clock"
)

const (
	caFile    = "ca.pem"
	caKeyFile = "ca-key.pem"

	caLifetime   = 10 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	leafRenewal  = leafLifetime * 2 / 3
	clockSkew    = time.Hour // a certificate is valid a little before its birth
)

// LocalCA is the certificate authority of one data folder. It issues for
// localhost, loopback addresses and the hosts it was made for, and its name
// constraints (RFC 5280 §4.2.1.10) bind it to them: whoever trusts ca.pem hands
// no one the power to impersonate the rest of the internet.
type LocalCA struct {
	dir         string
	clock       clock.Clock
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	created     bool
	leaves      leafCache
	minting     singleflight.Group
}

// OpenLocalCA opens the authority in dir (ca.pem, ca-key.pem) or makes it. One
// that has at most a leaf's lifetime left, or that may not issue for all hosts
// (names or addresses; a name includes its subdomains), is replaced.
func OpenLocalCA(dir string, clk clock.Clock, hosts ...string) (*LocalCA, error) {
	c := &LocalCA{dir: dir, clock: clk}
	err := c.load()
	switch {
	case err == nil && c.serves(hosts):
		return c, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("local CA: %w", err)
	}
	if err := c.create(hosts); err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	return c, nil
}

// Path is the file that browsers and clients are told to trust.
func (c *LocalCA) Path() string { return filepath.Join(c.dir, caFile) }

// Created reports whether this opening made the authority, so that it must be
// trusted anew.
func (c *LocalCA) Created() bool { return c.created }

// Pool holds the authority alone, for clients in this process.
func (c *LocalCA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.certificate)
	return pool
}

func (c *LocalCA) load() error {
	encodedKey, err := os.ReadFile(filepath.Join(c.dir, caKeyFile))
	if err != nil {
		return err
	}
	encoded, err := os.ReadFile(c.Path())
	if err != nil {
		return err
	}
	block, _ := pem.Decode(encoded)
	keyBlock, _ := pem.Decode(encodedKey)
	if block == nil || keyBlock == nil {
		return fmt.Errorf("%s or %s is not PEM", caFile, caKeyFile)
	}
	if c.certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
		return fmt.Errorf("%s: %w", caFile, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", caKeyFile, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(c.certificate.PublicKey) {
		// A crash between the two files leaves a key without its certificate,
		// which nobody can have trusted yet.
		return fmt.Errorf("%s does not belong to %s: %w", caKeyFile, caFile, fs.ErrNotExist)
	}
	c.key = key
	return nil
}

// serves reports whether the loaded authority can still issue for all hosts.
func (c *LocalCA) serves(hosts []string) bool {
	if c.clock.Now().Add(leafLifetime).After(c.certificate.NotAfter) {
		return false
	}
	for _, host := range hosts {
		if !c.permits(normalHost(host)) {
			return false
		}
	}
	return true
}

func (c *LocalCA) permits(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		for _, network := range c.certificate.PermittedIPRanges {
			if network.Contains(address.AsSlice()) {
				return true
			}
		}
		return false
	}
	for _, domain := range c.certificate.PermittedDNSDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// normalHost is a host name or address as certificates and SNI spell it.
func normalHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return address.Unmap().WithZone("").String()
	}
	return host
}

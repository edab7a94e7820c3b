package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
)

func (c *LocalCA) create(hosts []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := newSerial()
	if err != nil {
		return err
	}
	now := c.clock.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		// The moment tells two authorities of one machine apart in a trust store.
		Subject:   pkix.Name{Organization: []string{"Gatehouse"}, CommonName: "Gatehouse local CA " + now.Format("2006-01-02 15:04:05")},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(caLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	for _, host := range hosts {
		permit(template, normalHost(host))
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if c.certificate, err = x509.ParseCertificate(encoded); err != nil {
		return err
	}
	c.key, c.created = key, true
	return c.save(encoded)
}

func permit(template *x509.Certificate, host string) {
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		bits := address.BitLen()
		template.PermittedIPRanges = append(template.PermittedIPRanges,
			&net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(bits, bits)})
	case host != "localhost":
		template.PermittedDNSDomains = append(template.PermittedDNSDomains, host)
	}
}

// save writes the key before the certificate, so that a ca.pem that someone can
// trust always has its key.
func (c *LocalCA) save(certificate []byte) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(c.dir, caKeyFile), 0o600, "PRIVATE KEY", key); err != nil {
		return err
	}
	return replaceFile(c.Path(), 0o644, "CERTIFICATE", certificate)
}

// replaceFile puts a PEM file in place whole or not at all.
func replaceFile(path string, mode fs.FileMode, kind string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if err = pem.Encode(file, &pem.Block{Type: kind, Bytes: content}); err != nil {
		return err
	}
	if err = file.Chmod(mode); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// newSerial is 127 random bits (RFC 5280 §4.1.2.2 wants a positive number of at
// most 20 bytes).
func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

package app

import (
	"net/netip"
	"strings"
	"testing"
)

func good(change func(*Config)) Config {
	c := Config{Data: "data", Listen: "127.0.0.1:8443", PublicURL: "https://localhost:8443", RateMultiplier: 1}
	change(&c)
	return c
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	public := func(url string) func(*Config) { return func(c *Config) { c.PublicURL = url } }
	for _, tt := range []struct {
		name   string
		change func(*Config)
		wrong  string // a part of what is said; "" when it works
	}{
		{"the default", func(*Config) {}, ""},
		{"a trailing slash", public("https://id.example/"), ""},
		{"capitals", public("https://ID.example"), ""},
		{"plain HTTP on loopback", public("http://127.0.0.1:8080"), ""},
		{"plain HTTP on a local name", public("http://id.localhost"), ""},
		{"plain HTTP elsewhere", public("http://id.example"), "plain http"},
		{"no URL", public(""), "not of the form"},
		{"a host alone", public("id.example"), "not of the form"},
		{"another scheme", public("ftp://id.example"), "not of the form"},
		{"a path", public("https://id.example/auth"), "more than a host and port"},
		{"a query", public("https://id.example?x"), "more than a host and port"},
		{"credentials", public("https://a:b@id.example"), "more than a host and port"},
		{"an address without an operator's host", public("https://192.0.2.1"), "operator-host"},
		{"an address with one", func(c *Config) { c.PublicURL, c.Operator = "https://192.0.2.1", "ops.example" }, ""},
		{"one host for two", func(c *Config) { c.PublicURL, c.Operator = "https://id.example", "ID.example" }, "one of its own"},
		{"a certificate without its key", func(c *Config) { c.Certificate = "a.pem" }, "go together"},
		{"a key without its certificate", func(c *Config) { c.CertificateKey = "a.pem" }, "go together"},
		{"a proxy by address and by network", func(c *Config) { c.TrustedProxies = []string{"192.0.2.1", "2001:db8::/32"} }, ""},
		{"a proxy by name", func(c *Config) { c.TrustedProxies = []string{"proxy.example"} }, "neither an address nor a network"},
		{"no rate at all", func(c *Config) { c.RateMultiplier = 0 }, "above 0"},
		{"fewer threads than none", func(c *Config) { c.HashThreads = -1 }, "hash-threads is -1"},
		{"a sender that is none", func(c *Config) { c.MailFrom = "xx" }, "not an address"},
	} {
		_, err := good(tt.change).understand()
		if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.wrong)
		}
	}
}

func TestWhatAConfigurationMeans(t *testing.T) {
	for _, tt := range []struct{ url, operator, host, port string }{
		{"https://ID.example", "", "operator.id.example", "443"},
		{"https://id.example:8443", "Staff.example", "staff.example", "8443"},
		{"http://127.0.0.1", "", "operator.localhost", "80"},
		{"http://[::1]:3000", "", "operator.localhost", "3000"},
	} {
		s, err := good(func(c *Config) { c.PublicURL, c.Operator = tt.url, tt.operator }).understand()
		if err != nil {
			t.Fatal(err)
		}
		if s.operatorHost != tt.host || s.port() != tt.port {
			t.Errorf("%s: %s, port %s", tt.url, s.operatorHost, s.port())
		}
	}
	s, err := good(func(c *Config) { c.TrustedProxies = []string{"192.0.2.1"} }).understand()
	if err != nil || len(s.proxies) != 1 || s.proxies[0] != netip.MustParsePrefix("192.0.2.1/32") {
		t.Errorf("%v, %v", s, err)
	}
}

func TestHostHeadersInEverySpelling(t *testing.T) {
	for header, want := range map[string]string{
		"localhost": "localhost", "LocalHost:8443": "localhost", "localhost.": "localhost", "localhost.:443": "localhost",
		"[::1]:443": "::1", "[::1]": "::1", "[0:0:0:0:0:0:0:1]": "::1", "127.0.0.1:1": "127.0.0.1", "": "",
	} {
		if got := hostname(header); got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
}

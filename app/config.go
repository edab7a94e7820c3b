package app

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gatehouse/gatehouse/guard/limit"
)

// Config is every setting of the server, each with its flag, environment
// variable, default and meaning. The configuration reference is made from it.
type Config struct {
	Data      string `help:"Folder of everything the server keeps: database, keys, certificates, admin socket." default:"data" env:"GATEHOUSE_DATA" placeholder:"DIR"`
	Listen    string `help:"Address to listen on." default:"127.0.0.1:8443" env:"GATEHOUSE_LISTEN" placeholder:"ADDR"`
	PublicURL string `help:"Address that browsers and applications use. Its host is the first tenant's; others are one label below it. Plain http is for loopback only." name:"public-url" default:"https://localhost:8443" env:"GATEHOUSE_PUBLIC_URL" placeholder:"URL"`
	Operator  string `help:"Host of the operator tenant, where staff sign in to the console. By default it is operator. and the public host, and operator.localhost for a loopback address." env:"GATEHOUSE_OPERATOR_HOST" name:"operator-host" placeholder:"HOST"`

	DatabaseURL string `help:"PostgreSQL to use in place of the SQLite file in the data folder." name:"database-url" env:"GATEHOUSE_DATABASE_URL" placeholder:"URL"`

	DatabaseAllowPlaintext []string `help:"Database servers, by exact host name, that may be used without verified TLS. Local ones always may." name:"database-allow-plaintext" env:"GATEHOUSE_DATABASE_ALLOW_PLAINTEXT" placeholder:"HOST"`

	Certificate    string   `help:"Certificate chain (PEM) in place of the local CA's. Reloaded when the file changes." env:"GATEHOUSE_CERTIFICATE" type:"path" placeholder:"FILE"`
	CertificateKey string   `help:"Private key (PEM) of the certificate." name:"certificate-key" env:"GATEHOUSE_CERTIFICATE_KEY" type:"path" placeholder:"FILE"`
	TrustedProxies []string `help:"Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Nobody's are by default." name:"trusted-proxies" env:"GATEHOUSE_TRUSTED_PROXIES" placeholder:"CIDR"`
	MaxConnections int      `help:"Open connections at most." name:"max-connections" default:"16384" env:"GATEHOUSE_MAX_CONNECTIONS" placeholder:"N"`

	OpsListen string `help:"Address of the separate listener for /metrics, /health/live and /health/ready. The admin socket serves them in any case." name:"ops-listen" env:"GATEHOUSE_OPS_LISTEN" placeholder:"ADDR"`

	HashThreads    int     `help:"Passwords hashed at once. 0 is one per processor." name:"hash-threads" default:"0" env:"GATEHOUSE_HASH_THREADS" placeholder:"N"`
	HashQueue      int     `help:"Sign-ins that may wait for a hash before further ones are asked to come back." name:"hash-queue" default:"64" env:"GATEHOUSE_HASH_QUEUE" placeholder:"N"`
	RateMultiplier float64 `help:"Factor on every rate limit." name:"rate-multiplier" default:"1" env:"GATEHOUSE_RATE_MULTIPLIER" placeholder:"X"`

	SMTP               string   `help:"Mail server, smtps://user@host:465 or smtp://user@host:587 (STARTTLS required). Without one, mails are kept in the outbox." env:"GATEHOUSE_SMTP" placeholder:"URL"`
	SMTPPassword       string   `help:"Password for the mail server." name:"smtp-password" env:"GATEHOUSE_SMTP_PASSWORD" placeholder:"TEXT"`
	MailFrom           string   `help:"Sender of mails." name:"mail-from" default:"Gatehouse <gatehouse@localhost>" env:"GATEHOUSE_MAIL_FROM" placeholder:"ADDRESS"`
	SMTPAllowPlaintext []string `help:"Mail servers, by exact host name, that may be used without TLS." name:"smtp-allow-plaintext" env:"GATEHOUSE_SMTP_ALLOW_PLAINTEXT" placeholder:"HOST"`

	LogLevel  string `help:"Least level that is logged: debug, info, warn or error." name:"log-level" enum:"debug,info,warn,error" default:"info" env:"GATEHOUSE_LOG_LEVEL"`
	LogFormat string `help:"Form of the log: text or json." name:"log-format" enum:"text,json" default:"text" env:"GATEHOUSE_LOG_FORMAT"`
}

// settings is the Config as it was understood.
type settings struct {
	Config
	public       *url.URL
	operatorHost string
	proxies      []netip.Prefix
	limits       limit.Config
}

// understand checks the Config as a whole. Errors name the setting and say what
// would be right.
func (c Config) understand() (*settings, error) {
	s := &settings{Config: c, limits: limit.Config{Multiplier: c.RateMultiplier}}
	for _, step := range []func() error{s.checkPublic, s.checkOperator, s.checkCertificate, s.checkProxies, s.checkMail, s.checkNumbers} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settings) checkPublic() error {
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("public-url %q is not of the form https://host[:port]", s.PublicURL)
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("public-url %q has more than a host and port", s.PublicURL)
	}
	u.Host, u.Path = strings.ToLower(u.Host), ""
	if u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		return errors.New("public-url is plain http, which only a loopback host may be; use https")
	}
	s.public = u
	return nil
}

func (s *settings) checkOperator() error {
	s.operatorHost = strings.ToLower(s.Operator)
	host := s.public.Hostname()
	if s.operatorHost == "" {
		s.operatorHost = "operator." + host
		if _, err := netip.ParseAddr(host); err == nil {
			s.operatorHost = "operator.localhost"
			if !loopbackHost(host) {
				return errors.New("public-url is an IP address, so operator-host has to be named")
			}
		}
	}
	if s.operatorHost == host {
		return errors.New("operator-host is the public host: the operator tenant needs one of its own")
	}
	return nil
}

func (s *settings) checkCertificate() error {
	if (s.Certificate == "") != (s.CertificateKey == "") {
		return errors.New("certificate and certificate-key go together")
	}
	return nil
}

func (s *settings) checkProxies() error {
	for _, text := range s.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("trusted-proxies: %q is neither an address nor a network", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		s.proxies = append(s.proxies, prefix)
	}
	return nil
}

func (s *settings) checkMail() error {
	if s.MailFrom == "" {
		return nil
	}
	if _, err := mail.ParseAddress(s.MailFrom); err != nil {
		return fmt.Errorf("mail-from %q is not an address", s.MailFrom)
	}
	return nil
}

func (s *settings) checkNumbers() error {
	for name, n := range map[string]int{"hash-threads": s.HashThreads, "hash-queue": s.HashQueue, "max-connections": s.MaxConnections} {
		if n < 0 {
			return fmt.Errorf("%s is %d, and must not be negative", name, n)
		}
	}
	if s.RateMultiplier <= 0 {
		return fmt.Errorf("rate-multiplier is %g, and must be above 0", s.RateMultiplier)
	}
	return nil
}

// port is the port of every issuer.
func (s *settings) port() string {
	if p := s.public.Port(); p != "" {
		return p
	}
	if s.public.Scheme == "http" {
		return "80"
	}
	return "443"
}

func loopbackHost(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

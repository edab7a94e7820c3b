package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	stdmail "net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/gatehouse/gatehouse/platform/jobs"
)

// Config says how mails leave. The zero value keeps them in the outbox.
type Config struct {
	// SMTP is the server: smtps://user@host:465 speaks TLS from the first byte,
	// smtp://user@host:587 turns to it by STARTTLS (RFC 3207), without which no
	// mail is sent.
	SMTP     string
	Password string
	From     string // the sender's address, with or without a name
	// AllowPlaintext lists the hosts that may do without TLS, by exact name.
	AllowPlaintext []string
	Timeout        time.Duration  // for connecting and for each answer; 0 is 15 seconds
	Roots          *x509.CertPool // nil is the machine's own
}

// server is a mail server, as configured.
type server struct {
	host    string
	options []mail.Option
	from    *stdmail.Address
	tls     *tls.Config // for TLS from the first byte, else nil
}

const defaultTimeout = 15 * time.Second

// mechanisms are the ways of signing in under TLS, the best first.
var mechanisms = []mail.SMTPAuthType{
	mail.SMTPAuthSCRAMSHA256PLUS, mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1PLUS, mail.SMTPAuthSCRAMSHA1,
	mail.SMTPAuthPlain, mail.SMTPAuthLogin,
}

func (c Config) server() (*server, error) {
	if c.SMTP == "" {
		return nil, nil
	}
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the mail server must be an URL such as smtps://user@mail.example.com:465") // The URL may hold a password.
	}
	from, err := Address(c.From)
	if err != nil {
		return nil, errors.New("the sender must be one mail address, with or without a name")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	s := &server{host: u.Hostname(), from: from}
	secure := &tls.Config{ServerName: u.Hostname(), RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	s.options = []mail.Option{mail.WithTimeout(c.Timeout), mail.WithTLSConfig(secure)}
	port, signIn := 587, mail.WithOpportunisticSMTPAuth(mechanisms...)
	switch {
	case u.Scheme == "smtps":
		port, s.tls = 465, secure
		s.options = append(s.options, mail.WithSSL())
	case u.Scheme == "smtp" && slices.Contains(c.AllowPlaintext, u.Hostname()):
		// Discovery takes mechanisms that show the password only under TLS.
		signIn = mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover)
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case u.Scheme == "smtp":
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		return nil, fmt.Errorf("the mail server's scheme must be smtps or smtp, not %q", u.Scheme)
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("the mail server's port is not a number")
		}
	}
	s.options = append(s.options, mail.WithPort(port))
	if u.User != nil && u.User.Username() != "" {
		password := c.Password
		if given, ok := u.User.Password(); ok && password == "" {
			password = given
		}
		s.options = append(s.options, signIn,
			mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if _, err := mail.NewClient(s.host, s.options...); err != nil {
		return nil, err
	}
	return s, nil
}

// send hands a mail to the server. An error is permanent when the server has
// refused this very mail for good.
func (s *server) send(ctx context.Context, m Mail) error {
	message, err := s.compose(m)
	if err != nil {
		return jobs.Permanent(err)
	}
	// A client keeps what it found out about the server, so each mail has its own.
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	client, err := mail.NewClient(s.host, append(slices.Clone(s.options), mail.WithDialContextFunc(s.dialer(ctx)))...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() {
		return nil // What fails after the server took the mail is not the mail's.
	}
	if final(err) {
		return jobs.Permanent(err)
	}
	return err
}

// dialer connects to the server, and hangs up when ctx ends: the client
// itself sees only the context of its greeting, and leaves the connection open
// when that fails.
func (s *server) dialer(ctx context.Context) mail.DialContextFunc {
	return func(greeting context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(greeting, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if s.tls == nil {
			return conn, nil
		}
		secure := tls.Client(conn, s.tls)
		return secure, secure.HandshakeContext(greeting)
	}
}

// final reports a permanent negative reply (RFC 5321 §4.2.1) about the mail
// itself. What says that we must sign in or encrypt first is about us, and can
// be mended.
func final(err error) bool {
	var refusal *mail.SendError
	if !errors.As(err, &refusal) {
		return false
	}
	switch code := refusal.ErrorCode(); code {
	case 530, 534, 535, 538:
		return false
	default:
		return code >= 500
	}
}

// compose writes the mail. Its date and id are those of the outbox, whichever
// attempt it is.
func (s *server) compose(m Mail) (*mail.Msg, error) {
	to, err := Address(m.To)
	if err != nil {
		return nil, err
	}
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	message.FromMailAddress(s.from)
	message.ToMailAddress(to)
	message.Subject(m.Subject)
	message.SetDateWithValue(m.CreatedAt)
	message.SetMessageIDWithValue(m.ID + "@" + s.domain())
	// RFC 3834 §5: keeps vacation notes and other robots from answering.
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

func (s *server) domain() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	if net.ParseIP(domain) != nil {
		return "localhost"
	}
	return domain
}

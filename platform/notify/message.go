package notify

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Message is one mail to one person.
type Message struct {
	Tenant  string
	ID      string // of the mail, for a sender that may come twice: the second is not queued; "" makes one
	Kind    string // what it is for, such as "verify_email"
	To      string // one address, with or without a name (RFC 5322 §3.4)
	Subject string
	Text    string // required
	HTML    string // the same for those who see HTML, or ""
}

// Bounds of a mail. An address is at most 254 octets (RFC 5321 §4.5.3.1.3).
const (
	mostAddress = 254
	mostSubject = 500
	mostBody    = 1 << 20
)

// check refuses what cannot be a mail, and what would be more than one.
func (m Message) check() (*mail.Address, error) {
	for _, part := range []struct{ name, value string }{{"recipient", m.To}, {"subject", m.Subject}, {"kind", m.Kind}} {
		if !plain(part.value) {
			return nil, fault.Newf(fault.Invalid, "The %s of a mail must not hold line breaks or control characters.", part.name)
		}
	}
	to, err := Address(m.To)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(m.Subject) == "" || len(m.Subject) > mostSubject:
		return nil, fault.Newf(fault.Invalid, "The subject of a mail must have 1 to %d characters.", mostSubject)
	case m.Text == "":
		return nil, fault.New(fault.Invalid, "A mail must have a text.")
	case len(m.Text)+len(m.HTML) > mostBody:
		return nil, fault.New(fault.TooLarge, "The mail is too large.")
	case !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) || strings.ContainsRune(m.Text+m.HTML, 0):
		return nil, fault.New(fault.Invalid, "The text of a mail must be valid UTF-8.")
	}
	return to, nil
}

// plain reports whether a text may stand in a header.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) && !strings.ContainsAny(text, "\u2028\u2029")
}

// Address reads exactly one mail address. Local parts that would need quotes
// are refused: nobody has one, and they smuggle SMTP parameters.
func Address(text string) (*mail.Address, error) {
	refused := fault.New(fault.Invalid, "This is not a mail address.")
	a, err := mail.ParseAddress(text)
	if err != nil || !plain(text) || len(a.Address) > mostAddress {
		return nil, refused
	}
	local, domain, found := strings.Cut(a.Address, "@")
	if !found || local == "" || domain == "" || strings.ContainsAny(a.Address, " \t<>()[]\\,;:\"") || strings.Contains(domain, "@") {
		return nil, refused
	}
	return a, nil
}

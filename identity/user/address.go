package user

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/gatehouse/gatehouse/platform/fault"
)

const (
	mostAddress = 254 // bytes (RFC 5321 §4.5.3.1.3, less the angle brackets)
	mostLocal   = 64  // bytes (RFC 5321 §4.5.3.1.1)
)

// domains is idna.Lookup that also checks the lengths of labels and name.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// Address reads an email address. display is how it is shown and written to:
// the local part as typed, the domain in its ASCII form (RFC 5891 §5), which
// look-alike letters cannot imitate. key is the display in lower case, and says
// which addresses are the same.
//
// The local part is a dot-atom of ASCII (RFC 5322 §3.2.3): there letters that
// look alike cannot be told apart by the eye, and quoted forms carry spaces and
// line breaks into headers. Nothing but case is mapped: a form that Unicode
// would quietly turn into another address is refused. Errors: fault.Invalid.
func Address(input string) (display, key string, err error) {
	trimmed := strings.TrimSpace(input)
	local, domain, found := strings.Cut(trimmed, "@")
	if !found || len(trimmed) > mostAddress || !localPart(local) {
		return "", "", notAddress()
	}
	ascii, ok := asciiDomain(domain)
	if display = local + "@" + ascii; !ok || len(display) > mostAddress {
		return "", "", notAddress()
	}
	return display, strings.ToLower(display), nil
}

func notAddress() error {
	return fault.New(fault.Invalid, "This is not an email address that can be used.").WithCode("invalid_email")
}

// localPart reports a dot-atom: runs of atext with single dots between.
func localPart(s string) bool {
	if s == "" || len(s) > mostLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.Trim(atom, atext) != "" {
			return false
		}
	}
	return true
}

// atext is RFC 5322 §3.2.3. Trimming it from both ends leaves nothing of an
// atom and something of anything else.
const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

func asciiDomain(domain string) (string, bool) {
	composed := norm.NFC.String(domain)
	ascii, err := domains.ToASCII(composed)
	if err != nil || !strings.Contains(ascii, ".") || numeric(ascii[strings.LastIndexByte(ascii, '.')+1:]) {
		return "", false
	}
	// Only case may differ: full-width letters, other full stops, ligatures and
	// invisible characters would have been mapped away by now.
	shown, err := domains.ToUnicode(ascii)
	folded := strings.ToLower(composed)
	return ascii, err == nil && (folded == ascii || folded == shown)
}

// numeric reports a top-level label of digits: an IP address, not a domain
// (RFC 3696 §2).
func numeric(label string) bool { return strings.Trim(label, "0123456789") == "" }

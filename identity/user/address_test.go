package user_test

import (
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/fault"
)

func TestAddress(t *testing.T) {
	label := strings.Repeat("d", 63)
	for _, tt := range []struct {
		name, input  string
		display, key string // "": refused
	}{
		{"a plain address stays as it is", "anne@example.com", "anne@example.com", "anne@example.com"},
		{"case is shown but does not tell accounts apart", "Anne.Lee@Example.COM", "Anne.Lee@example.com", "anne.lee@example.com"},
		{"space around it is not part of it", " \tanne@example.com\r\n", "anne@example.com", "anne@example.com"},
		{"tags and odd letters are allowed", "o'neil+tag=1_{x}@example.com", "o'neil+tag=1_{x}@example.com", "o'neil+tag=1_{x}@example.com"},
		{"a domain in any script is shown in ASCII", "anne@Müller.example", "anne@xn--mller-kva.example", "anne@xn--mller-kva.example"},
		{"its two spellings are one account", "anne@mu\u0308ller.example", "anne@xn--mller-kva.example", "anne@xn--mller-kva.example"},
		{"its ASCII form is the same account", "anne@XN--mller-kva.example", "anne@xn--mller-kva.example", "anne@xn--mller-kva.example"},
		{"a domain that only looks like another has another key", "anne@ex\u0430mple.com", "anne@xn--exmple-4nf.com", "anne@xn--exmple-4nf.com"},
		{"letters that look alike before the @ are refused", "\u0430nne@example.com", "", ""},
		{"full-width letters before the @ are refused", "ａnne@example.com", "", ""},
		{"full-width letters in the domain are refused", "anne@ｅxample.com", "", ""},
		{"a full-width @ is refused", "anne＠example.com", "", ""},
		{"another script's full stop is refused", "anne@example。com", "", ""},
		{"a ligature in the domain is refused", "anne@ﬁne.example", "", ""},
		{"an invisible letter in the domain is refused", "anne@exam\u00adple.com", "", ""},
		{"a joiner in the domain is refused", "anne@exam\u200bple.com", "", ""},
		{"a line break is refused", "anne@example.com\r\nBcc: eve@example.com", "", ""},
		{"a line break before the @ is refused", "anne\n@example.com", "", ""},
		{"a second address is refused", "anne@example.com,eve@example.com", "", ""},
		{"a second @ is refused", "anne@eve@example.com", "", ""},
		{"a display name is refused", "Anne <anne@example.com>", "", ""},
		{"a quoted local part is refused", `"anne lee"@example.com`, "", ""},
		{"a comment is refused", "anne(home)@example.com", "", ""},
		{"a NUL is refused", "anne\x00@example.com", "", ""},
		{"broken UTF-8 is refused", "anne@exa\xffmple.com", "", ""},
		{"a dot at an end is refused", ".anne@example.com", "", ""},
		{"two dots are refused", "anne..lee@example.com", "", ""},
		{"a trailing dot of the domain is refused", "anne@example.com.", "", ""},
		{"an address literal is refused", "anne@[192.0.2.1]", "", ""},
		{"an IP address is refused", "anne@192.0.2.1", "", ""},
		{"a domain without a dot is refused", "anne@localhost", "", ""},
		{"an underscore in the domain is refused", "anne@ex_ample.com", "", ""},
		{"no local part is refused", "@example.com", "", ""},
		{"no domain is refused", "anne@", "", ""},
		{"nothing is refused", "", "", ""},
		{"64 bytes before the @ are the most", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		{"65 are too many", strings.Repeat("a", 65) + "@example.com", "", ""},
		{"a label over 63 bytes is refused", "anne@" + label + "d.com", "", ""},
		{"an address over 254 bytes is refused", "anne@" + strings.Repeat(label+".", 4) + "com", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			display, key, err := user.Address(tt.input)
			if display != tt.display || key != tt.key {
				t.Errorf("%q is shown as %q with key %q", tt.input, display, key)
			}
			if (err != nil) != (tt.key == "") || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"anne@example.com", "Anne@MÜLLER.example", "a@xn--mller-kva.example", "\u0430nne@example.com", "a@b@c.d",
		"a@example.com\r\nBcc: b@example.com", "a@ｅxample.com", "a@xn--a.example", "a@1.2.3.4", "a@\u200d.com", "a@faß.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		display, key, err := user.Address(input)
		if err != nil {
			return
		}
		if strings.Count(display, "@") != 1 || len(display) > 254 || key != strings.ToLower(display) {
			t.Errorf("%q is shown as %q with key %q", input, display, key)
		}
		if strings.ContainsFunc(display, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>",;:()\`, r) }) {
			t.Errorf("%q is shown as %q, which could break a header", input, display)
		}
		if again, same, err := user.Address(display); err != nil || again != display || same != key {
			t.Errorf("%q is shown as %q, which is read as %q: %v", input, display, again, err)
		}
		if _, same, err := user.Address(key); err != nil || same != key {
			t.Errorf("the key %q is not its own: %q, %v", key, same, err)
		}
	})
}

package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/notify"
	"github.com/gatehouse/gatehouse/test/house"
)

// attempt is all that somebody outside can see of a sign-in, and what it costs
// us. Its text is compared without the address, which the page repeats.
type attempt struct {
	status int
	text   string
	hashes float64
	writes int
}

func try(h *house.House, u app.DemoUser) attempt {
	b := h.Browser()
	page := b.Get(house.Request(h.Main()))
	hashes, events := h.Metric("gatehouse_password_hashes_total"), h.Count(`SELECT count(*) FROM journal`)
	p := b.SignIn(page, u)
	body := strings.ReplaceAll(p.Body, u.Email, "ADDRESS")
	body = strings.ReplaceAll(body, page.URL.Query().Get("state"), "STATE")
	return attempt{p.Status, body, h.Metric("gatehouse_password_hashes_total") - hashes, h.Count(`SELECT count(*) FROM journal`) - events}
}

func same(t *testing.T, what string, a, z attempt) {
	t.Helper()
	if a.status != z.status || a.text != z.text {
		t.Errorf("%s: %d and %d, or the words differ:\n%s\n%s", what, a.status, z.status, a.text, z.text)
	}
	if a.hashes != z.hashes || a.writes != z.writes {
		t.Errorf("%s: %v and %v hashes, %d and %d events", what, a.hashes, z.hashes, a.writes, z.writes)
	}
}

func TestNobodyIsToldWhetherAnAccountExists(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		nobody, wrong := app.DemoUser{Email: "nobody@demo.example", Password: "wrong"}, app.DemoUser{Email: h.Alice().Email, Password: "wrong"}
		known, unknown := try(h, wrong), try(h, nobody)
		if known.status != 400 || known.hashes != 1 {
			t.Fatalf("a wrong password: %d after %v hashes", known.status, known.hashes)
		}
		same(t, "a wrong password", known, unknown)
		long := strings.Repeat("p", 100)
		same(t, "a password that is too long", try(h, app.DemoUser{Email: wrong.Email, Password: long}), try(h, app.DemoUser{Email: nobody.Email, Password: long}))
		h.Write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE users SET blocked = TRUE WHERE tenant = 'default' AND email = $1`, h.Bob().Email)
			return err
		})
		same(t, "a blocked account and a wrong password", try(h, app.DemoUser{Email: h.Bob().Email, Password: "wrong"}), unknown)
		for range 12 { // Until brute-force protection steps in.
			known, unknown = try(h, wrong), try(h, nobody)
			same(t, "guessing", known, unknown)
		}
		if known.status != 429 {
			t.Errorf("guessing goes on: %d", known.status)
		}
		if got := try(h, h.Alice()); got.status != 429 {
			t.Errorf("the right password, after guessing from here: %d", got.status)
		}
	})
}

func signUp(h *house.House, email string) *house.Page {
	b := h.Browser()
	return b.Submit(b.Get(house.Request(h.Main(), "screen_hint", "signup")), "email", email, "password", "a long walk in the rain")
}

func TestSigningUpWithATakenAddressSaysNothing(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		p := signUp(h, h.Alice().Email)
		if p.Status != 400 || strings.Contains(strings.ToLower(p.Text()), "exist") || strings.Contains(strings.ToLower(p.Text()), "taken") {
			t.Errorf("%d: %s", p.Status, p.Text())
		}
		if got := try(h, app.DemoUser{Email: h.Alice().Email, Password: "a long walk in the rain"}); got.status == 302 {
			t.Error("signing up again has set the password")
		}
	})
}

func TestLookAlikeAddresses(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		people := h.Count(`SELECT count(*) FROM users`)
		for _, tt := range []struct{ name, email string }{
			{"capitals", "ALICE@Demo.Example"},
			{"a Cyrillic a", "\u0430lice@demo.example"},
			{"a Greek iota", "al\u03b9ce@demo.example"},
			{"a full-width letter before the @", "\uff41lice@demo.example"},
			{"a full-width letter behind it", "alice@\uff44emo.example"},
			{"a full-width @", "alice\uff20demo.example"},
			{"an ideographic full stop", "alice@demo\u3002example"},
			{"a ligature", "al\ufb01ce@demo.example"},
			{"a combining mark", "alice\u0301@demo.example"},
			{"a zero-width space", "alice\u200b@demo.example"},
			{"a soft hyphen behind the @", "alice@de\u00admo.example"},
			{"a dotless i", "al\u0131ce@demo.example"},
			{"a Kelvin sign", "\u212aelvin@demo.example"},
			{"a long s", "\u017fam@demo.example"},
			{"spaces around", "  alice@demo.example "},
			{"a trailing dot", "alice@demo.example."},
			{"a comment", "alice(x)@demo.example"},
			{"quotes", `"alice"@demo.example`},
			{"two addresses", "alice@demo.example,bob@demo.example"},
			{"two @", "alice@evil.example@demo.example"},
			{"a name before", "Alice <alice@demo.example>"},
			{"a header behind", "alice@demo.example\r\nBcc: evil@evil.example"},
			{"a percent route", "alice%demo.example@"},
			{"a NUL", "alice\x00@demo.example"},
		} {
			if p := signUp(h, tt.email); p.Status != 400 {
				t.Errorf("%s: %d", tt.name, p.Status)
			}
		}
		if now := h.Count(`SELECT count(*) FROM users`); now != people {
			t.Errorf("%d accounts were made", now-people)
		}
		if got := try(h, app.DemoUser{Email: "ALICE@DEMO.EXAMPLE", Password: h.Alice().Password}); got.status != 302 {
			t.Errorf("Alice in capitals cannot sign in: %d", got.status)
		}
	})
}

func TestMailsCarryNoForeignHeaders(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		good := notify.Message{Tenant: "default", Kind: "test", To: "alice@demo.example", Subject: "Hello", Text: "Hello."}
		for name, change := range map[string]func(*notify.Message){
			"a header in the recipient": func(m *notify.Message) { m.To += "\r\nBcc: evil@evil.example" },
			"a header in the subject":   func(m *notify.Message) { m.Subject += "\nBcc: evil@evil.example" },
			"a lone carriage return":    func(m *notify.Message) { m.Subject += "\rBcc: x" },
			"a line separator":          func(m *notify.Message) { m.Subject += "\u2028Bcc: x" },
			"two recipients":            func(m *notify.Message) { m.To += ", evil@evil.example" },
			"an SMTP parameter":         func(m *notify.Message) { m.To = "<alice@demo.example> NOTIFY=SUCCESS" },
			"a NUL in the text":         func(m *notify.Message) { m.Text += "\x00" },
		} {
			m := good
			change(&m)
			if err := h.App.DB.Write(t.Context(), func(tx *db.Tx) error { return h.App.Mail.Send(t.Context(), tx, m) }); err == nil {
				t.Errorf("%s is sent", name)
			}
		}
		if n := h.Count(`SELECT count(*) FROM outbox`); n != 0 {
			t.Errorf("%d mails were queued", n)
		}
	})
}

package notify_test

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/db/dbtest"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/jobs"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/notify"
)

var (
	ctx     = context.Background()
	quiet   = slog.New(slog.DiscardHandler)
	message = notify.Message{
		Tenant: "t1", Kind: "verify_email", To: "Zoë <zoe@example.com>", Subject: "Bestätigen",
		Text: "Follow https://id.example.com/u/verify?ticket=secret", HTML: "<p>Follow <a href=\"https://id.example.com/\">this</a></p>",
	}
)

type post struct {
	*notify.Sender
	db     *db.DB
	clock  *clock.Fake
	runner *jobs.Runner
}

func open(t *testing.T, d *db.DB, clk *clock.Fake, c notify.Config) post {
	t.Helper()
	root, err := keyring.OpenFileRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	runner := jobs.New(d, clk, quiet)
	s, err := notify.New(d, keyring.New(root, quiet), runner, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return post{s, d, clk, runner}
}

func (p post) send(m notify.Message) error {
	return p.db.Write(ctx, func(tx *db.Tx) error { return p.Send(ctx, tx, m) })
}

// only is the one mail in the outbox, read whole.
func (p post) only(t *testing.T) notify.Mail {
	t.Helper()
	all, err := p.Outbox(ctx, "t1", 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("the outbox holds %d mails (%v)", len(all), err)
	}
	if all[0].Text != "" {
		t.Error("the list shows texts")
	}
	m, err := p.Read(ctx, "t1", all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p post) runDue(t *testing.T) {
	t.Helper()
	if err := p.runner.RunDue(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAServerMailsAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		p := open(t, d, clk, notify.Config{})
		if err := p.send(message); err != nil {
			t.Fatal(err)
		}
		p.runDue(t)
		if m := p.only(t); m.State != notify.Kept || m.Text != message.Text || m.HTML != message.HTML || m.Subject != message.Subject {
			t.Errorf("kept %+v", m)
		}
		var clear int
		if err := d.QueryRow(ctx, `SELECT count(*) FROM outbox WHERE length(body) < 60`).Scan(&clear); err != nil || clear != 0 {
			t.Errorf("%d bodies are too short to be sealed (%v)", clear, err)
		}
		if _, err := p.Read(ctx, "t2", p.only(t).ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another tenant reads it: %v", err)
		}
		clk.Forward(31 * 24 * time.Hour)
		p.runDue(t)
		if all, err := p.Outbox(ctx, "t1", 10); err != nil || len(all) != 0 {
			t.Errorf("after 31 days %d mails are left (%v)", len(all), err)
		}
	})
}

func TestSending(t *testing.T) {
	for _, tt := range []struct {
		name               string
		implicit, startTLS bool
		scheme, allow      string
		trusted, signsIn   bool
		arrives            bool
	}{
		{"TLS from the first byte", true, false, "smtps://u@", "", true, true, true},
		{"STARTTLS", false, true, "smtp://u@", "", true, true, true},
		{"no TLS at a server that must", false, false, "smtp://", "", true, false, false},
		{"no TLS at a server that may", false, false, "smtp://", "127.0.0.1", true, false, true},
		{"no password in the clear", false, false, "smtp://u@", "127.0.0.1", true, false, false},
		{"an unknown certificate", true, false, "smtps://", "", false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clk := clock.NewFake(dbtest.Start)
			s := serve(t, tt.implicit, tt.startTLS, nil)
			c := notify.Config{SMTP: tt.scheme + "127.0.0.1:" + s.Port, Password: "pass", From: "Gatehouse <no-reply@id.example.com>", AllowPlaintext: []string{tt.allow}}
			if tt.trusted {
				c.Roots = s.Roots
			}
			p := open(t, dbtest.Open(t, clk), clk, c)
			if err := p.send(message); err != nil {
				t.Fatal(err)
			}
			p.runDue(t)
			m, got := p.only(t), s.Received()
			if arrived := len(got) == 1 && m.State == notify.Sent; arrived != tt.arrives {
				t.Fatalf("received %q, and the outbox says %s %q", got, m.State, m.Error)
			}
			if s.Said("AUTH") != tt.signsIn {
				t.Errorf("signed in: %t", s.Said("AUTH"))
			}
			if tt.arrives {
				looksRight(t, m, got[0])
			}
		})
	}
}

func looksRight(t *testing.T, m notify.Mail, got string) {
	t.Helper()
	envelope, content, _ := strings.Cut(got, "\n\n")
	if !strings.HasPrefix(envelope, "MAIL FROM:<no-reply@id.example.com>") || !strings.Contains(envelope, "\nRCPT TO:<zoe@example.com>") {
		t.Errorf("the envelope is %q", envelope)
	}
	read, err := mail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	for name, pair := range map[string][2]string{
		"Subject":        {subject, message.Subject},
		"Message-ID":     {read.Header.Get("Message-ID"), "<" + m.ID + "@id.example.com>"},
		"Date":           {read.Header.Get("Date"), dbtest.Start.Format(time.RFC1123Z)},
		"Auto-Submitted": {read.Header.Get("Auto-Submitted"), "auto-generated"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	if !strings.HasPrefix(read.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("the content is %s", read.Header.Get("Content-Type"))
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply func(string) string // nil: nobody listens
		want  string              // the state after an hour and after twelve: w waiting, f failed
	}{
		{"an unknown recipient is final", on("RCPT", "550 no such user"), "ff"},
		{"a refused content is final", on("DATA", "554 spam"), "ff"},
		{"a full mailbox may become free", on("RCPT", "452 full"), "wf"},
		{"a server that wants us to sign in may be configured", on("MAIL", "530 sign in"), "wf"},
		{"a server that is down may come back", nil, "wf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
				s := serve(t, false, false, tt.reply)
				if tt.reply == nil {
					_ = s.listener.Close()
				}
				p := open(t, d, clk, notify.Config{SMTP: "smtp://127.0.0.1:" + s.Port, From: "a@example.com", AllowPlaintext: []string{"127.0.0.1"}})
				if err := p.send(message); err != nil {
					t.Fatalf("queueing failed: %v", err)
				}
				got := ""
				for _, hours := range []int{1, 11} {
					for range 12 * hours {
						p.runDue(t)
						clk.Forward(5 * time.Minute)
					}
					got += string(p.only(t).State[:1])
				}
				if got != tt.want || p.only(t).Error == "" {
					t.Errorf("the states were %s, want %s; the outbox says %q", got, tt.want, p.only(t).Error)
				}
				if r := p.Probe(clk).Run(ctx); r.State != check.Broken || len(r.Failures) != 1 {
					t.Errorf("the probe found %+v", r)
				}
				failed, err := p.runner.Failed(ctx, 10)
				if err != nil || len(failed) != 1 || strings.Contains(failed[0].Error, "zoe@") {
					t.Errorf("failed tasks: %+v (%v)", failed, err)
				}
			})
		})
	}
}

func on(verb, answer string) func(string) string {
	return func(line string) string {
		if strings.HasPrefix(line, verb) {
			return answer
		}
		return ""
	}
}

func TestAServerThatRecovers(t *testing.T) {
	clk, down := clock.NewFake(dbtest.Start), true
	s := serve(t, false, false, func(line string) string {
		if down && strings.HasPrefix(line, "MAIL") {
			return "421 closing"
		}
		return ""
	})
	p := open(t, dbtest.Open(t, clk), clk, notify.Config{SMTP: "smtp://127.0.0.1:" + s.Port, From: "a@example.com", AllowPlaintext: []string{"127.0.0.1"}})
	if err := p.send(message); err != nil {
		t.Fatal(err)
	}
	p.runDue(t)
	down = false
	clk.Forward(time.Minute)
	p.runDue(t)
	if m := p.only(t); m.State != notify.Sent || m.Error != "" || m.SentAt.IsZero() || len(s.Received()) != 1 {
		t.Errorf("after the recovery: %+v", m)
	}
}

func TestInjection(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	p := open(t, dbtest.Open(t, clk), clk, notify.Config{})
	for _, tt := range []struct {
		name   string
		change func(*notify.Message)
	}{
		{"a line break in the subject", func(m *notify.Message) { m.Subject = "Hi\r\nBcc: eve@example.com" }},
		{"a bare newline in the subject", func(m *notify.Message) { m.Subject = "Hi\nX: y" }},
		{"a Unicode line separator in the subject", func(m *notify.Message) { m.Subject = "Hi\u2028X: y" }},
		{"a next-line character in the subject", func(m *notify.Message) { m.Subject = "Hi\u0085X: y" }},
		{"a NUL in the subject", func(m *notify.Message) { m.Subject = "Hi\x00" }},
		{"bad UTF-8 in the subject", func(m *notify.Message) { m.Subject = "Hi\xff" }},
		{"no subject", func(m *notify.Message) { m.Subject = " " }},
		{"a line break in the name", func(m *notify.Message) { m.To = "\"Zoe\r\nBcc: eve@example.com\" <zoe@example.com>" }},
		{"a folded header after the address", func(m *notify.Message) { m.To = "zoe@example.com\r\n Bcc: eve@example.com" }},
		{"an encoded line break in the name", func(m *notify.Message) { m.To = "=?utf-8?q?Zoe=0D=0ABcc:_eve@example.com?= <zoe@example.com>" }},
		{"two recipients", func(m *notify.Message) { m.To = "zoe@example.com, eve@example.com" }},
		{"a group of recipients", func(m *notify.Message) { m.To = "all: zoe@example.com, eve@example.com;" }},
		{"SMTP parameters in a quoted local part", func(m *notify.Message) { m.To = `"zoe> NOTIFY=NEVER"@example.com` }},
		{"a comma in a quoted local part", func(m *notify.Message) { m.To = `"zoe,eve"@example.com` }},
		{"no recipient", func(m *notify.Message) { m.To = "" }},
		{"no domain", func(m *notify.Message) { m.To = "zoe" }},
		{"no text", func(m *notify.Message) { m.Text = "" }},
		{"a line break in the kind", func(m *notify.Message) { m.Kind = "a\nb" }},
	} {
		m := message
		tt.change(&m)
		if err := p.send(m); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s gave %v", tt.name, err)
		}
	}
	if all, err := p.Outbox(ctx, "t1", 10); err != nil || len(all) != 0 {
		t.Errorf("%d refused mails were queued (%v)", len(all), err)
	}
}

func TestARolledBackMailIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		s := serve(t, false, false, nil)
		p := open(t, d, clk, notify.Config{SMTP: "smtp://127.0.0.1:" + s.Port, From: "a@example.com", AllowPlaintext: []string{"127.0.0.1"}})
		_ = d.Write(ctx, func(tx *db.Tx) error { return errors.Join(p.Send(ctx, tx, message), errors.New("refused")) })
		p.runDue(t)
		if got := s.Received(); len(got) != 0 {
			t.Errorf("sent %q", got)
		}
	})
}

func TestConfiguration(t *testing.T) {
	clk := clock.NewFake(dbtest.Start)
	d := dbtest.Open(t, clk)
	for _, c := range []notify.Config{
		{SMTP: "http://mail.example.com", From: "a@example.com"},
		{SMTP: "smtp://", From: "a@example.com"},
		{SMTP: "smtp://mail.example.com/inbox", From: "a@example.com"},
		{SMTP: "smtp://mail.example.com"},
		{SMTP: "smtp://mail.example.com", From: "a@example.com, b@example.com"},
	} {
		if _, err := notify.New(d, nil, jobs.New(d, clk, quiet), c, quiet); err == nil {
			t.Errorf("accepted %+v", c)
		}
	}
}

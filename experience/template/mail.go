package template

import (
	"fmt"
	html "html/template"
	"strings"
	text "text/template"
	"time"
	"unicode"

	"github.com/gatehouse/gatehouse/platform/notify"
)

// mail is the words of one mail.
type mail struct {
	kind    string // what the outbox files it under
	subject *text.Template
	text    *text.Template
	html    *html.Template
}

// mails is every mail there is.
var mails []*mail

// register adds a mail. subject and plain are text/template, rich is
// html/template and stands in the one frame of all mails. A mistake in them
// panics at the start.
func register(kind, subject, plain, rich string) *mail {
	m := &mail{
		kind:    kind,
		subject: text.Must(text.New(kind + " subject").Funcs(words).Parse(subject)),
		text:    text.Must(text.New(kind + " text").Funcs(words).Parse(strings.TrimSpace(plain) + "\n")),
		html:    html.Must(html.Must(html.New(kind).Funcs(words).Parse(frame)).New("main").Parse(strings.TrimSpace(rich))),
	}
	mails = append(mails, m)
	return m
}

// words are what templates can say facts with.
var words = map[string]any{
	"when": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
}

// message fills in the facts.
func (m *mail) message(tenant, to string, facts any) (notify.Message, error) {
	var subject, plain, rich strings.Builder
	if err := m.subject.Execute(&subject, facts); err != nil {
		return notify.Message{}, fmt.Errorf("subject of %s: %w", m.kind, err)
	}
	if err := m.text.Execute(&plain, facts); err != nil {
		return notify.Message{}, fmt.Errorf("text of %s: %w", m.kind, err)
	}
	if err := m.html.ExecuteTemplate(&rich, m.kind, facts); err != nil {
		return notify.Message{}, fmt.Errorf("HTML of %s: %w", m.kind, err)
	}
	return notify.Message{Tenant: tenant, Kind: m.kind, To: to, Subject: oneLine(subject.String()), Text: plain.String(), HTML: rich.String()}, nil
}

// oneLine keeps a name from ending the header.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}

// frame is what all mails look like. Mail programs drop style sheets, so the
// styles stand on the elements; the colours are those of ui/assets/tokens.css.
const frame = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body style="margin:0;padding:24px;background:#f6f3ee;color:#1e1b17;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#fefdfc;border:1px solid #e2ddd6;border-radius:6px">
{{template "main" .}}
</div>
</body>
</html>
`

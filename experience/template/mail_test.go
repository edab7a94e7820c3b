package template

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/gatehouse/gatehouse/ui/uitest"
)

// samples are facts for each mail.
var samples = map[string]any{
	"blocked_account": BlockedAccount{Service: "Northwind", Email: "grace@northwind.example", IP: "192.0.2.7", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
}

var kind = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

func TestEveryMailReadsAlikeAsTextAndHTML(t *testing.T) {
	kinds := map[string]bool{}
	for _, m := range mails {
		t.Run(m.kind, func(t *testing.T) {
			if !kind.MatchString(m.kind) || kinds[m.kind] {
				t.Errorf("the kind %q is not lower case words of its own", m.kind)
			}
			kinds[m.kind] = true
			if samples[m.kind] == nil {
				t.Fatal("there is no sample of it")
			}
			got, err := m.message("t1", "grace@northwind.example", samples[m.kind])
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Fields(got.Text)
			said := strings.Fields(readable(t, got.HTML))
			for _, word := range text {
				if word = strings.Trim(word, ".,:;"); word != "" && !strings.Contains(strings.Join(said, " "), word) {
					t.Errorf("the HTML lacks %q", word)
				}
			}
			for _, line := range strings.Split(got.Text, "\n") {
				if len(line) > 80 {
					t.Errorf("the line %q is long", line)
				}
			}
			if strings.Contains(got.HTML, "<img") || strings.Contains(got.HTML, "<script") || strings.Contains(got.HTML, "url(") {
				t.Error("the HTML loads something")
			}
		})
	}
	if len(mails) == 0 {
		t.Error("there are no mails")
	}
}

func TestMailsAreDeafToHostileNames(t *testing.T) {
	for _, m := range mails {
		for _, hostile := range append([]string{"x\r\nBcc: everybody@example.com", "x\u2028y"}, uitest.Hostile...) {
			facts := reflect.New(reflect.TypeOf(samples[m.kind]))
			facts.Elem().Set(reflect.ValueOf(samples[m.kind]))
			uitest.Fill(facts.Interface(), hostile)
			got, err := m.message("t1", "grace@northwind.example", facts.Elem().Interface())
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(got.Subject, "\r\n\u2028") {
				t.Errorf("%s: the subject breaks: %q", m.kind, got.Subject)
			}
			root := parse(t, got.HTML)
			for n := range root.Descendants() {
				if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img" || uitest.Attr(n, "onfocus")+uitest.Attr(n, "onmouseover") != "") {
					t.Errorf("%s: %q became an element", m.kind, hostile)
				}
			}
		}
	}
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func readable(t *testing.T, page string) string { t.Helper(); return uitest.Text(parse(t, page)) }

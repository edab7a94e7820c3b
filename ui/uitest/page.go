package uitest

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page checks a rendered page against the rules and returns its tree.
func Page(t *testing.T, page []byte) *html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("the page does not parse: %v", err)
	}
	c := &checker{t: t, ids: map[string]bool{}, labelled: map[string]bool{}}
	c.walk(root, c.collect)
	c.walk(root, c.inspect)
	if c.headings != 1 {
		t.Errorf("the page has %d h1 elements, want one", c.headings)
	}
	if strings.TrimSpace(c.title) == "" {
		t.Error("the page has no title")
	}
	if c.language == "" {
		t.Error("the page does not say its language")
	}
	return root
}

type checker struct {
	t               *testing.T
	ids, labelled   map[string]bool
	headings        int
	title, language string
}

func (c *checker) walk(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for child := range n.ChildNodes() {
		c.walk(child, visit)
	}
}

// collect gathers what later elements are compared with.
func (c *checker) collect(n *html.Node) {
	if id := Attr(n, "id"); id != "" {
		if c.ids[id] {
			c.t.Errorf("the id %q stands twice", id)
		}
		c.ids[id] = true
	}
	switch n.Data {
	case "html":
		c.language = Attr(n, "lang")
	case "title":
		if n.Namespace == "" {
			c.title = Text(n)
		}
	case "h1":
		c.headings++
	case "label":
		c.labelled[Attr(n, "for")] = true
	}
}

func (c *checker) inspect(n *html.Node) {
	c.attributes(n)
	switch n.Data {
	case "style":
		c.t.Error("the page holds a style element")
	case "script":
		if !strings.HasPrefix(Attr(n, "src"), "/assets/") || n.FirstChild != nil {
			c.t.Errorf("a script is not one of ours: src=%q %s", Attr(n, "src"), Text(n))
		}
	case "input", "select", "textarea":
		if Attr(n, "type") != "hidden" && !c.labelled[Attr(n, "id")] && Attr(n, "aria-label") == "" {
			c.t.Errorf("the input %q has no label", Attr(n, "name"))
		}
	case "button", "a":
		if strings.TrimSpace(Text(n)) == "" && Attr(n, "aria-label") == "" {
			c.t.Errorf("a %s has no words", n.Data)
		}
	case "form":
		if !strings.EqualFold(Attr(n, "method"), "post") && Attr(n, "role") != "search" {
			c.t.Errorf("the form %q does not post", Attr(n, "id"))
		}
	case "img":
		if Attr(n, "alt") == "" {
			c.t.Error("an image has no words for who cannot see it")
		}
	}
}

func (c *checker) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
			c.t.Errorf("<%s> carries an inline %s=%q", n.Data, a.Key, a.Val)
		case a.Key == "href", a.Key == "src", a.Key == "action", a.Key == "formaction":
			c.address(n, a)
		case a.Key == "for", a.Key == "aria-describedby", a.Key == "aria-labelledby", a.Key == "aria-controls":
			for _, id := range strings.Fields(a.Val) {
				if !c.ids[id] {
					c.t.Errorf("%s=%q on <%s> points at nothing", a.Key, id, n.Data)
				}
			}
		}
	}
}

func (c *checker) address(n *html.Node, a html.Attribute) {
	u, err := url.Parse(a.Val)
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && !strings.HasPrefix(a.Val, "data:image/") {
		c.t.Errorf("<%s %s=%q> leads where no page should", n.Data, a.Key, a.Val)
	}
}

// Attr is the value of an attribute, or empty.
func Attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Text is all the text below a node.
func Text(n *html.Node) string {
	var out strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			out.WriteString(child.Data)
		}
	}
	return out.String()
}

// ByID finds the element with an id, or fails the test.
func ByID(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && Attr(n, "id") == id {
			return n
		}
	}
	t.Fatalf("the page has no element with the id %q", id)
	return nil
}

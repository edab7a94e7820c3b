package house

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/gatehouse/gatehouse/app"
)

// Browser keeps cookies, follows redirects inside the house and stops where one
// leads out of it.
type Browser struct {
	h      *House
	client *http.Client
	Header http.Header // sent with every request
}

// Page is what a browser sees.
type Page struct {
	h       *House
	URL     *url.URL
	Status  int
	Header  http.Header
	Body    string
	Cookies []*http.Cookie // set by this very answer
	root    *html.Node
}

// Browser opens a browser without cookies.
func (h *House) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	h.Must(err)
	b := &Browser{h: h, Header: http.Header{"User-Agent": {"house"}}}
	b.client = &http.Client{Transport: h.transport, Jar: jar, Timeout: soon, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if !h.serves(next.URL) || len(via) > 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

// Still makes the browser follow no redirect at all.
func (b *Browser) Still() *Browser {
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

func (h *House) serves(u *url.URL) bool {
	return u.Scheme == "https" && u.Port() == "" && (u.Host == "localhost" || strings.HasSuffix(u.Host, ".localhost"))
}

// Get visits an address.
func (b *Browser) Get(address string) *Page {
	b.h.Helper()
	return b.visit(http.MethodGet, address, nil, "none")
}

// Post sends a form from a page of the same origin.
func (b *Browser) Post(address string, form url.Values) *Page {
	b.h.Helper()
	return b.visit(http.MethodPost, address, form, "same-origin")
}

// PostFromElsewhere sends a form from a page of another site. It sends the
// cookies too, as a browser would that knew no SameSite.
func (b *Browser) PostFromElsewhere(address string, form url.Values) *Page {
	b.h.Helper()
	return b.visit(http.MethodPost, address, form, "cross-site")
}

func (b *Browser) visit(method, address string, form url.Values, site string) *Page {
	b.h.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	b.h.Must(err)
	for name, values := range b.Header {
		r.Header[name] = values
	}
	r.Header.Set("Sec-Fetch-Site", site)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if site == "cross-site" {
			r.Header.Set("Origin", "https://evil.example")
		}
	}
	return b.do(r)
}

func (b *Browser) do(r *http.Request) *Page {
	b.h.Helper()
	answer, err := b.client.Do(r)
	b.h.Must(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	b.h.Must(err)
	p := &Page{h: b.h, URL: answer.Request.URL, Status: answer.StatusCode, Header: answer.Header, Body: string(body), Cookies: answer.Cookies()}
	if p.root, err = html.Parse(strings.NewReader(p.Body)); err != nil {
		b.h.Fatal(err)
	}
	return p
}

// Cookie is the value of one of the browser's cookies at the address; "" when
// it has none.
func (b *Browser) Cookie(address, name string) string {
	u, err := url.Parse(address)
	b.h.Must(err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// Plant puts a cookie into the browser.
func (b *Browser) Plant(address, name, value string) {
	u, err := url.Parse(address)
	b.h.Must(err)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

// Submit fills the page's form, given in pairs of name and value, and sends it
// as its first button would.
func (b *Browser) Submit(p *Page, pairs ...string) *Page {
	b.h.Helper()
	form := p.element("form", "")
	if form == nil {
		b.h.Fatalf("there is no form at %s (%d): %s", p.URL, p.Status, p.Body)
	}
	values := url.Values{}
	walk(form, func(n *html.Node) bool {
		switch {
		case n.Data == "input" && attribute(n, "name") != "":
			values.Set(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "button" && attribute(n, "name") != "" && !values.Has(attribute(n, "name")):
			values.Set(attribute(n, "name"), attribute(n, "value"))
		}
		return true
	})
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	action, err := p.URL.Parse(attribute(form, "action"))
	b.h.Must(err)
	return b.Post(action.String(), values)
}

// SignIn fills the sign-in page.
func (b *Browser) SignIn(p *Page, u app.DemoUser) *Page {
	b.h.Helper()
	if p.Element("username") == nil {
		b.h.Fatalf("%s (%d) is not the sign-in page: %s", p.URL, p.Status, p.Body)
	}
	return b.Submit(p, "username", u.Email, "password", u.Password)
}

// Element is the page's element of that id, or nil.
func (p *Page) Element(id string) *html.Node { return p.element("", id) }

func (p *Page) element(tag, id string) (found *html.Node) {
	walk(p.root, func(n *html.Node) bool {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) && (id == "" || attribute(n, "id") == id) {
			found = n
		}
		return found == nil
	})
	return found
}

// Text is what the page says, without its markup.
func (p *Page) Text() string {
	var words []string
	walk(p.root, func(n *html.Node) bool {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			words = append(words, strings.Fields(n.Data)...)
		}
		return true
	})
	return strings.Join(words, " ")
}

// Location is where the answer sends the browser; nil when nowhere.
func (p *Page) Location() *url.URL {
	p.h.Helper()
	to := p.Header.Get("Location")
	if to == "" {
		return nil
	}
	u, err := p.URL.Parse(to)
	p.h.Must(err)
	return u
}

// Answer is what the answer tells the application in the query of its redirect
// URI. It ends the test when the browser was sent nowhere.
func (p *Page) Answer() url.Values {
	p.h.Helper()
	to := p.Location()
	if to == nil || p.h.serves(to) {
		p.h.Fatalf("%s does not send the browser to an application (%d): %s", p.URL, p.Status, p.Text())
	}
	return to.Query()
}

// Want ends the test unless the answer has that status.
func (p *Page) Want(status int) *Page {
	p.h.Helper()
	if p.Status != status {
		p.h.Fatalf("%s answered %d, want %d: %s", p.URL, p.Status, status, p.Text())
	}
	return p
}

func walk(n *html.Node, visit func(*html.Node) bool) bool {
	if !visit(n) {
		return false
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if !walk(child, visit) {
			return false
		}
	}
	return true
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

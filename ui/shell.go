package ui

import "strings"

// SignIn is what the shell of a sign-in page shows around the page: one column under the gate of the application.
type SignIn struct {
	Language string // BCP 47 tag for the lang attribute
	Title    string // of the browser's tab
	Name     string // whose door this is; its first letter stands in the gate when there is no logo
	LogoURL  string // https: image, or a path of ours; anything else shows the letter
	Footer   string // one line below the column
	Script   string // name of the one script that adds comfort, or empty
	Wide     bool   // for pages that explain rather than ask
}

// Logo is LogoURL when it may be loaded, or empty. A picture over plain HTTP would tell the network who signs in where.
func (s SignIn) Logo() string {
	ours := strings.HasPrefix(s.LogoURL, "/") && !strings.HasPrefix(s.LogoURL, "//")
	if ours || strings.HasPrefix(s.LogoURL, "https://") {
		return s.LogoURL
	}
	return ""
}

// Initial is the letter in the gate.
func (s SignIn) Initial() string {
	for _, r := range s.Name {
		return string(r)
	}
	return "·"
}

// Console is what the shell of the console shows around a page.
type Console struct {
	Language    string
	Title       string // of the browser's tab
	Product     string // name beside the mark
	HomeURL     string
	Navigation  []NavigationItem
	Crumbs      []Link // where am I: from the widest to this page, whose URL is empty
	Person      string // who am I: name or address
	PersonTitle string // the full address, shown on hover
	SignOutURL  string // takes a POST
	Hidden      []Hidden
	Words       ConsoleWords
	Keys        []Key
}

// ConsoleWords are the words of the shell itself, in the page's language.
type ConsoleWords struct {
	Skip, Navigation, Where, SignOut, Keys, Close string
}

// NavigationItem is one district in the rail.
type NavigationItem struct {
	Link
	Icon    string
	Current bool
}

// Key is one line of the list of keyboard shortcuts.
type Key struct{ Press, Does string }

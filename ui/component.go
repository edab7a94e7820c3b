package ui

// Link is a text that leads somewhere.
type Link struct {
	ID   string // element id, or empty
	Text string
	URL  string
}

// Hidden is a hidden field of a form.
type Hidden struct{ Name, Value string }

// Field is one labelled input. Its hint and problem are tied to the input for screen readers.
type Field struct {
	ID           string
	Name         string
	Type         string // email, text, password, search
	Label        string
	Hint         string // stands before the input: what is wanted
	Problem      string // stands after it: what is wrong with what was typed
	Value        string // what was typed; never set for passwords
	Autocomplete string // WCAG 2.2 SC 1.3.5: the purpose of the input
	Autofocus    bool
	Link         *Link   // at the right of the label, such as to a forgotten password's page
	Reveal       *Reveal // the words of the button that shows a password; nil for none
	MaxLength    int     // in UTF-16 units as HTML counts; zero for none
}

// Reveal are the words of the button that shows and hides a password.
type Reveal struct{ Show, Hide string }

// DescribedBy lists the elements that describe the input, for aria-describedby.
func (f Field) DescribedBy() string {
	switch {
	case f.Hint != "" && f.Problem != "":
		return f.ID + "-hint " + f.ID + "-problem"
	case f.Hint != "":
		return f.ID + "-hint"
	case f.Problem != "":
		return f.ID + "-problem"
	}
	return ""
}

// Alert is a message for the whole form or page.
type Alert struct {
	Tone  Tone
	Title string // may be empty
	Text  string
}

// Fact is one line of a key-value list.
type Fact struct {
	Key   string
	Value string
	Note  string // said beside the value, quieter
	Mono  bool   // an identifier or code
	URL   string // where the value leads, or empty
	At    *Time  // shown instead of Value
}

// Empty is what stands where a list would be: what will appear here and the first step towards it.
type Empty struct {
	Icon   string
	Title  string
	Text   string
	Action *Link // nil when nothing is to be done
}

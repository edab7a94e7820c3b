package ui

import (
	"fmt"
	"html/template"
	"strings"
)

// Spark is a small bar chart inside a line of text or a cell: zero-based, drawn on the server.
type Spark struct {
	// Label says in words what the bars show, with the figures that matter: it is all a screen reader gets.
	Label  string
	Values []int // one bar each, oldest first; never negative
}

const (
	sparkHeight = 32.0
	sparkStep   = 6.0
	sparkBar    = 4.0
)

// SVG draws the bars. A value of zero leaves a trace on the ground line, so that "none" differs from "no data".
func (s Spark) SVG() template.HTML {
	peak := 1
	for _, v := range s.Values {
		peak = max(peak, v)
	}
	var out strings.Builder
	width := float64(max(len(s.Values), 1))*sparkStep - (sparkStep - sparkBar)
	fmt.Fprintf(&out, `<svg class="spark" role="img" viewBox="0 0 %g %g" preserveAspectRatio="none" aria-label="%s">`,
		width, sparkHeight, template.HTMLEscapeString(s.Label))
	for i, v := range s.Values {
		height, class := float64(v)/float64(peak)*sparkHeight, ""
		if v <= 0 {
			height, class = 1, ` class="spark-none"`
		}
		fmt.Fprintf(&out, `<rect%s x="%g" y="%.4g" width="%g" height="%.4g"/>`, class, float64(i)*sparkStep, sparkHeight-height, sparkBar, height)
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // numbers and one escaped label
}

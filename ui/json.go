package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

// jsonToken finds the parts of indented JSON that get a colour: strings, with the colon when they are keys, and the rest.
var jsonToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"(?:\s*:)?|-?\d[\d.eE+-]*|true|false|null`)

// JSON indents a JSON value and colours it for a <pre class="json">. Every character of the value is escaped. What is not
// JSON is an error.
func JSON(raw []byte) (template.HTML, error) {
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		return "", fmt.Errorf("show JSON: %w", err)
	}
	text := indented.String()
	var out strings.Builder
	last := 0
	for _, at := range jsonToken.FindAllStringIndex(text, -1) {
		out.WriteString(template.HTMLEscapeString(text[last:at[0]]))
		token := text[at[0]:at[1]]
		out.WriteString(`<span class="` + jsonClass(token) + `">` + template.HTMLEscapeString(token) + `</span>`)
		last = at[1]
	}
	out.WriteString(template.HTMLEscapeString(text[last:]))
	return template.HTML(out.String()), nil //nolint:gosec // every part was escaped above
}

func jsonClass(token string) string {
	switch {
	case strings.HasSuffix(token, ":"):
		return "json-key"
	case token[0] == '"':
		return "json-text"
	case token[0] == '-' || token[0] >= '0' && token[0] <= '9':
		return "json-number"
	default:
		return "json-word"
	}
}

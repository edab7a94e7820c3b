package ui

import (
	"fmt"
	"html/template"
)

// icons are drawn on 16 by 16 with a stroke of 1.5 in the colour of the text. The shapes of states are filled and differ
// in outline, so that they are told apart in print and by eyes that see no red.
var icons = map[string]string{
	"kept":       `<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/><path d="m4.9 8.2 2.1 2.1 4.1-4.4" stroke="var(--surface)"/>`,
	"broken":     `<path d="M8 .6 15.4 8 8 15.4.6 8z" fill="currentColor" stroke="none"/><path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" stroke="var(--surface)"/>`,
	"warning":    `<path d="M8 1.2 15.4 14.4H.6z" fill="currentColor" stroke="none"/><path d="M8 6v4m0 1.9v.1" stroke="var(--surface)"/>`,
	"info":       `<rect x="1" y="1" width="14" height="14" rx="3" fill="currentColor" stroke="none"/><path d="M8 7.3v4M8 4.6v.1" stroke="var(--surface)"/>`,
	"unverified": `<circle cx="8" cy="8" r="6.2" stroke-dasharray="2.6 2.27"/><path d="M6.3 6.4c.2-2 3.4-2 3.4 0 0 1.2-1.7 1.3-1.7 2.4m0 2v.1" stroke-width="1.3"/>`,
	"notyet":     `<circle cx="8" cy="8" r="6.2"/><path d="M5 8h6"/>`,
	"check":      `<path d="m3 8.5 3.3 3.3L13 4.8"/>`,
	"search":     `<circle cx="7" cy="7" r="4.6"/><path d="m10.5 10.5 3.3 3.3"/>`,
	"journal":    `<path d="M5.5 3.5h8m-8 4.5h8m-8 4.5h8M2.4 3.5h.2M2.4 8h.2m-.2 4.5h.2"/>`,
	"checks":     `<path d="M8 1.4 13.5 3.5v4.2c0 3.3-2.2 5.7-5.5 6.9-3.3-1.2-5.5-3.6-5.5-6.9V3.5z"/><path d="m5.6 7.9 1.7 1.7 3.1-3.3"/>`,
	"lock":       `<path d="M3 14V7.8a5 5 0 0 1 10 0V14z"/><path d="M8 9v2"/>`,
	"mark":       `<path d="M1.5 15.2V8a6.5 6.5 0 0 1 13 0v7.2h-3.7v-3.9a2.8 2.8 0 0 0-5.6 0v3.9z" fill="currentColor" stroke="none"/>`,
}

// icon draws an icon. Icons stand beside words, so assistive technology skips them.
func icon(name string) (template.HTML, error) {
	shape, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon named %q", name)
	}
	const open = `<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">`
	return template.HTML(open + shape + `</svg>`), nil //nolint:gosec // only constants of this file
}

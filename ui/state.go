package ui

// Tone is a meaning that has a colour. Every tone has a shape of its own too, so that colour never speaks alone.
type Tone string

// The tones. Grey means that nothing is known, not that nothing is wrong.
const (
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
	Info  Tone = "info"
	Grey  Tone = "grey"
	Quiet Tone = "quiet" // good, but so common that only the shape carries the colour
)

// State is a word with its shape.
type State struct {
	Tone Tone
	Icon string // the shape; empty for the tone's own
	Word string
}

// Shape is the icon that stands before the word.
func (s State) Shape() string {
	if s.Icon != "" {
		return s.Icon
	}
	return s.Tone.Shape()
}

// Shape is the icon of the tone.
func (t Tone) Shape() string {
	switch t {
	case Good, Quiet:
		return "kept"
	case Bad:
		return "broken"
	case Warn:
		return "warning"
	case Info:
		return "info"
	default:
		return "unverified"
	}
}

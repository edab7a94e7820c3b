package ui

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// WCAG 2.2 SC 1.4.3 asks 4.5 for text, SC 1.4.11 asks 3 for the edges and shapes one must see.
func TestContrast(t *testing.T) {
	light, dark, _ := strings.Cut(string(readAsset("tokens.css")), "@media")
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		tokens := readTokens(css)
		for _, tt := range []struct {
			front, back string
			least       float64
		}{
			{"stone-10", "stone-1", 7}, {"stone-10", "stone-2", 7}, {"stone-10", "stone-4", 7},
			{"stone-8", "stone-1", 4.5}, {"stone-8", "stone-2", 4.5}, {"stone-8", "stone-3", 4.5},
			{"stone-7", "stone-1", 4.5}, {"stone-7", "stone-2", 4.5},
			{"stone-6", "stone-1", 3},
			{"accent", "stone-1", 4.5}, {"accent", "stone-2", 4.5}, {"accent-strong", "stone-1", 4.5}, {"stone-10", "accent-soft", 7},
			{"stone-8", "accent-soft", 4.5}, {"stone-7", "accent-soft", 4.5}, {"bad", "accent-soft", 4.5},
			{"on-fill", "fill", 4.5}, {"on-fill", "fill-strong", 4.5}, {"fill", "stone-1", 3},
			{"good", "stone-1", 4.5}, {"warn", "stone-1", 4.5}, {"bad", "stone-1", 4.5}, {"info", "stone-1", 4.5}, {"grey", "stone-1", 4.5},
			{"good", "good-soft", 4.5}, {"warn", "warn-soft", 4.5}, {"bad", "bad-soft", 4.5}, {"info", "info-soft", 4.5}, {"grey", "grey-soft", 4.5},
			{"stone-10", "bad-soft", 7}, {"stone-10", "warn-soft", 7},
			{"info", "stone-2", 4.5}, {"warn", "stone-2", 4.5}, {"bad", "stone-2", 4.5},
		} {
			t.Run(fmt.Sprintf("%s is read on %s in %s", tt.front, tt.back, scheme), func(t *testing.T) {
				if got := contrast(tokens[tt.front], tokens[tt.back]); got < tt.least {
					t.Errorf("contrast %.2f, want at least %.1f", got, tt.least)
				}
			})
		}
	}
}

var token = regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6})`)

func readTokens(css string) map[string]string {
	tokens := map[string]string{}
	for _, match := range token.FindAllStringSubmatch(css, -1) {
		tokens[match[1]] = match[2]
	}
	return tokens
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of sRGB as WCAG defines it.
func luminance(hex string) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			return math.NaN()
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

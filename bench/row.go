package main

import (
	"fmt"
	"io"
	"slices"
)

// row is one line of the table: what was measured, the limit in the same run,
// and what the product is held to.
type row struct {
	what   string
	figure string
	limit  string
	ratio  float64 // of product to limit, or of figure to bar; 0 prints none
	bar    string
	ok     bool
	note   string
}

func header(out io.Writer) {
	fmt.Fprintf(out, "%-42s %16s %16s %6s  %-22s %-5s %s\n", "what", "figure", "limit", "ratio", "bar", "", "beside")
}

func (r row) print(out io.Writer) {
	ratio, verdict := "", "short"
	if r.ratio != 0 {
		ratio = fmt.Sprintf("%.2f", r.ratio)
	}
	if r.ok {
		verdict = "ok"
	}
	fmt.Fprintf(out, "%-42s %16s %16s %6s  %-22s %-5s %s\n", r.what, r.figure, r.limit, ratio, r.bar, verdict, r.note)
}

// median is the middle of the values; of an even number the lower middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

func micros(us float64) string { return fmt.Sprintf("%.1f µs", us) }

package ui

import (
	"strconv"
	"time"
)

// Time is an instant on a page: short to read, exact on hover, and turned to the reader's zone by script.
// Without scripts the zone is UTC.
type Time struct {
	at   time.Time
	show string
	text string
}

// Clock shows day and time of day, for the rows of a log.
func Clock(at time.Time) Time { return Time{at: at.UTC(), show: "clock"} }

// Exact shows the whole instant to the microsecond.
func Exact(at time.Time) Time {
	return Time{at: at.UTC(), show: "exact", text: at.UTC().Format("Monday 2 January 2006, 15:04:05 UTC")}
}

// Said shows an instant by words made by the caller, such as "2 minutes ago".
func Said(at time.Time, words string) Time { return Time{at: at.UTC(), show: "said", text: words} }

// Machine is the datetime attribute (RFC 3339, microseconds).
func (t Time) Machine() string { return t.at.Format("2006-01-02T15:04:05.000000Z07:00") }

// Title is shown on hover.
func (t Time) Title() string { return t.at.Format("Monday 2 January 2006, 15:04:05.000 UTC") }

// Show is how the script should write the instant in the reader's zone.
func (t Time) Show() string { return t.show }

// Text is what stands on the page when it is not a clock.
func (t Time) Text() string { return t.text }

// Day is the day of a clock.
func (t Time) Day() string { return t.at.Format("2 Jan") }

// Clock is the time of day of a clock.
func (t Time) Clock() string { return t.at.Format("15:04:05") }

// Count writes a whole number with thousands set apart, as English does.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

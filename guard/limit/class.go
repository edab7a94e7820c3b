package limit

import (
	"fmt"
	"math"
	"time"
)

// Class names a limit. Route tables name them.
type Class string

// The classes.
const (
	Document            Class = "document"
	Token               Class = "token"
	TokenFailure        Class = "token-failure"
	TokenFailureAddress Class = "token-failure-address"
	Page                Class = "page"
	Login               Class = "login"
	LoginFailure        Class = "login-failure"
	LoginFailureNotice  Class = "login-failure-notice"
	Signup              Class = "signup"
	API                 Class = "api"
	Console             Class = "console"
	Setup               Class = "setup"
)

// Rate is a limit's size.
type Rate struct {
	PerSecond float64 // how fast spent tokens come back
	Burst     int     // how many may be spent at once
}

// perHour turns a number an hour into one a second.
const perHour = 1. / 3600

// Classes is every limit there is, by what it counts. [Key] makes what they
// are counted by.
var Classes = []struct {
	Class Class
	Rate  Rate
	Per   string
	What  string
}{
	{Document, Rate{100_000, 100_000}, "address", "discovery and keys, answered from memory"},
	{Token, Rate{20_000, 40_000}, "address", "tokens: issuing, revoking, introspecting"},
	{TokenFailure, Rate{20, 200}, "address and client", "failed client authentications"},
	{TokenFailureAddress, Rate{100, 1_000}, "address", "failed client authentications in whatever name, made up or not"},
	{Page, Rate{200, 1_000}, "address", "pages and what they load"},
	{Login, Rate{50, 300}, "address", "sign-in attempts"},
	{LoginFailure, Rate{100 * perHour, 300}, "address and tenant", "failed sign-ins, to whatever account"},
	{LoginFailureNotice, Rate{1 * perHour, 1}, "address and tenant", "events that tell of an address with too many failed sign-ins"},
	{Signup, Rate{20, 100}, "address", "sign-up attempts"},
	{API, Rate{1_000, 2_000}, "client", "the Management API"},
	{Console, Rate{100, 500}, "staff session, or address before there is one", "the console"},
	{Setup, Rate{1, 10}, "address", "one-time links of the first administrator"},
}

// Config changes the table of limits.
type Config struct {
	Multiplier float64        // of every rate and burst that is not given below; 0 means 1
	Rates      map[Class]Rate // in place of the table's
}

// rule is a class made ready: GCRA needs two durations and nothing else.
type rule struct {
	index    uint8
	burst    int
	interval int64 // nanoseconds in which one token comes back
	window   int64 // nanoseconds in which a spent bucket is full again
}

// rules checks the configuration and makes the table ready.
func (c Config) rules() (map[Class]rule, error) {
	multiplier := c.Multiplier
	if multiplier == 0 {
		multiplier = 1
	}
	if multiplier < 0 || math.IsNaN(multiplier) || math.IsInf(multiplier, 0) {
		return nil, fmt.Errorf("the multiplier of rate limits is %v", multiplier)
	}
	ready := make(map[Class]rule, len(Classes))
	for i, entry := range Classes {
		rate := entry.Rate.times(multiplier)
		if own, given := c.Rates[entry.Class]; given {
			rate = own
		}
		r, err := rate.rule(uint8(i)) // #nosec G115 -- the table is short
		if err != nil {
			return nil, fmt.Errorf("the rate limit %q: %w", entry.Class, err)
		}
		ready[entry.Class] = r
	}
	for class := range c.Rates {
		if _, known := ready[class]; !known {
			return nil, fmt.Errorf("there is no rate limit %q", class)
		}
	}
	return ready, nil
}

// times leaves a small limit at least one, and a bucket that fills within
// mostWindow, less a second for rounding.
func (r Rate) times(multiplier float64) Rate {
	burst := math.Ceil(float64(r.Burst) * multiplier)
	return Rate{max(r.PerSecond*multiplier, burst/(mostWindow-time.Second).Seconds()), int(burst)}
}

// mostWindow is the longest that a bucket may take to fill.
const mostWindow = 24 * time.Hour

func (r Rate) rule(index uint8) (rule, error) {
	interval := float64(time.Second) / r.PerSecond
	window := interval * float64(r.Burst)
	if !(interval >= 1) || r.Burst < 1 || !(window <= float64(mostWindow)) { // NaN is refused as well.
		return rule{}, fmt.Errorf("%v a second with a burst of %d is out of bounds", r.PerSecond, r.Burst)
	}
	return rule{index, r.Burst, int64(interval), int64(interval) * int64(r.Burst)}, nil
}

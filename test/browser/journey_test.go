//go:build browser

package browser

import (
	"context"
	"testing"
)

// world is what a journey meets: the house, an application and a browser.
type world struct {
	*house
	rp      *relyingParty
	browser context.Context
}

const (
	operatorEmail    = "grace@northwind.example"
	operatorPassword = "seven quiet herons by the weir"
	customerEmail    = "maya@northwind.example"
	customerPassword = "a lantern under the old bridge"
)

// TestJourney walks in the order in which people would: who runs the house
// moves in, people use it, and what they did can be read.
func TestJourney(t *testing.T) {
	sayWithoutAxe(t)
	rp := startRelyingParty(t)
	w := &world{house: startHouse(t, rp.URL+"/callback"), rp: rp}
	rp.join(t, w.house)
	w.browser = startBrowser(t, w.CA)
	for _, step := range []struct {
		name string
		walk func(*testing.T, *world)
	}{
		{"the set-up link makes the first administrator, once", firstAdministrator},
		{"somebody signs up, is greeted by name and signs out", signUp},
		{"a wrong password is told at the form, and the right one lets in", wrongPassword},
		{"consent is asked for, declined and given", consent},
		{"a wrong request ends at our own page", wrongRequests},
		{"logout asks when nobody says whose session it is", logoutAsks},
		{"a page that was open too long says so", expiredPage},
		{"the answer comes as a form where the application wants it", formPost},
		{"signing in works with the keyboard alone", keyboardOnly},
		{"signing in works without scripts", withoutScripts},
		{"the console shows the journal live, filtered and verified", console},
		{"somebody without a role is told so", notStaff},
		{"the pictures are put together", compose},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.walk(t, w) }) {
			return
		}
	}
}

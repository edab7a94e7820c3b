package manage

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/web"
)

// paging is what a list was asked for. The checkpoint form (from, take) wins
// over the offset form (page, per_page).
type paging struct {
	checkpoint bool
	from       int64 // position after which the checkpoint form begins; -1 is the beginning
	fromTime   time.Time
	take       int

	page, perPage int
	totals        bool
	oldest        bool // in the order of time, else newest first
	fields        fields
}

const (
	defaultPerPage = 50
	mostPerPage    = 100
	mostPaged      = 1000 // as Auth0: further events are reached by checkpoint
)

func readPaging(p web.Values) (paging, error) {
	g := paging{from: -1}
	var err error
	if g.fields, err = readFields(p); err != nil {
		return g, err
	}
	if g.checkpoint = p.Has("from") || p.Has("take"); g.checkpoint {
		return g, g.readCheckpoint(p)
	}
	if g.page, err = number(p, "page", 0, 0, mostPaged); err != nil {
		return g, err
	}
	if g.perPage, err = number(p, "per_page", defaultPerPage, 0, mostPerPage); err != nil {
		return g, err
	}
	if g.perPage == 0 {
		g.perPage = defaultPerPage
	}
	if g.totals, err = boolean(p, "include_totals", false); err != nil {
		return g, err
	}
	if g.start() >= mostPaged {
		return g, badQuery(fmt.Sprintf("you can only page through the first %d records; go on with from and take", mostPaged))
	}
	switch sort := p.Get("sort"); sort {
	case "", "date:-1":
	case "date:1":
		g.oldest = true
	default:
		return g, badQuery("sort must be date:1 or date:-1")
	}
	return g, nil
}

// start is how many events come before the page.
func (g *paging) start() int { return g.page * g.perPage }

func (g *paging) readCheckpoint(p web.Values) (err error) {
	if from := p.Get("from"); from != "" {
		position, at, ok := parseLogID(from)
		if !ok {
			return badQuery("from is not the id of a log event")
		}
		g.from, g.fromTime = position, at
	}
	g.take, err = number(p, "take", defaultPerPage, 1, mostPerPage)
	return err
}

func number(p web.Values, name string, otherwise, least, most int) (int, error) {
	text := p.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badQuery(fmt.Sprintf("'Expected type integer but found type string' on property %s", name))
	}
	if n < least || n > most {
		return 0, badQuery(fmt.Sprintf("'Value %d is not between %d and %d' on property %s", n, least, most, name))
	}
	return n, nil
}

func boolean(p web.Values, name string, otherwise bool) (bool, error) {
	switch p.Get(name) {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badQuery(fmt.Sprintf("'Expected type boolean but found type string' on property %s", name))
}

// fields is which members of each item are given.
type fields struct {
	named   map[string]bool // nil is all
	exclude bool
}

func readFields(p web.Values) (fields, error) {
	include, err := boolean(p, "include_fields", true)
	if err != nil || !p.Has("fields") {
		return fields{}, err
	}
	f := fields{named: map[string]bool{}, exclude: !include}
	for name := range strings.SplitSeq(p.Get("fields"), ",") {
		f.named[strings.TrimSpace(name)] = true
	}
	return f, nil
}

// keeps reports whether a member is given.
func (f fields) keeps(name string) bool { return f.named == nil || f.named[name] != f.exclude }

package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse/gatehouse/front/console/pages"
	"github.com/gatehouse/gatehouse/platform/check"
	"github.com/gatehouse/gatehouse/ui"
)

func (s *Service) showChecks(w http.ResponseWriter, r *http.Request) error {
	checks, err := s.checks(r.Context())
	if err != nil {
		return err
	}
	ui.SecurityHeaders(w, ui.Headers{})
	return pages.RenderChecks(w, http.StatusOK, pages.Checks{Page: s.page(r), Checks: checks})
}

// checkStates are the states in the words of the pages.
var checkStates = map[check.State]pages.CheckState{
	check.Kept: pages.Kept, check.Broken: pages.Broken, check.Unverified: pages.Unverified, check.NotYet: pages.NotYetExercised,
}

func (s *Service) checks(ctx context.Context) ([]pages.Check, error) {
	rows, err := s.Checks.Latest(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]pages.Check, len(rows))
	for i, row := range rows {
		list[i] = pages.Check{Name: row.Name, Title: row.Title, Claim: row.Claim, State: checkStates[row.State], Summary: row.Summary,
			Population: row.Population, RanAt: row.At, Every: row.Every}
		for _, f := range row.Failures {
			list[i].Failures = append(list[i].Failures, pages.Failure(f))
		}
		for _, name := range slices.Sorted(maps.Keys(row.Facts)) {
			list[i].Facts = append(list[i].Facts, pages.Fact{Subject: strings.ReplaceAll(name, "_", " "), Value: figure(row.Facts[name])})
		}
	}
	return list, nil
}

// figure writes a fact as people do: a number without its endless digits.
func figure(fact any) string {
	if n, ok := fact.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 32)
	}
	return fmt.Sprint(fact)
}

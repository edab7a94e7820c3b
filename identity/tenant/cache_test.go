package tenant

import (
	"errors"
	"strconv"
	"testing"
)

func TestACacheKeepsOneGeneration(t *testing.T) {
	var c Cache[string]
	loads := 0
	get := func(generation int64, key string) string {
		got, err := c.Get(&Tenant{ID: "acme", Generation: generation}, key, func() (string, error) {
			loads++
			return key + strconv.FormatInt(generation, 10), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, step := range []struct {
		name       string
		generation int64
		want       string
		loads      int
	}{
		{"read at first", 1, "a1", 1},
		{"kept", 1, "a1", 1},
		{"read anew after a change", 2, "a2", 2},
		{"a reader that is behind gets its own", 1, "a1", 3},
		{"and spoils nothing", 2, "a2", 3},
	} {
		if got := get(step.generation, "a"); got != step.want || loads != step.loads {
			t.Errorf("%s: %s after %d loads", step.name, got, loads)
		}
	}
}

func TestACacheKeepsNoFailure(t *testing.T) {
	var c Cache[int]
	t1 := &Tenant{ID: "acme", Generation: 1}
	if _, err := c.Get(t1, "a", func() (int, error) { return 0, errors.New("not now") }); err == nil {
		t.Error("the failure was lost")
	}
	if got, err := c.Get(t1, "a", func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestACacheIsBounded(t *testing.T) {
	var c Cache[int]
	t1 := &Tenant{ID: "acme", Generation: 1}
	for i := range 3 * mostEntries {
		_, _ = c.Get(t1, strconv.Itoa(i), func() (int, error) { return i, nil })
	}
	if n := len(c.tenants["acme"].entries); n > mostEntries {
		t.Errorf("%d entries", n)
	}
}

func TestTenantIDsAreLabels(t *testing.T) {
	for id, good := range map[string]bool{"acme": true, "a": true, "a-1": true, "": false, "-a": false, "a-": false, "A": false, "a.b": false, "a_b": false, "ä": false, "a\n": false,
		"a123456789b123456789c123456789d123456789e123456789f123456789g12": true, "a123456789b123456789c123456789d123456789e123456789f123456789g1234": false} {
		if err := CheckID(id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
}

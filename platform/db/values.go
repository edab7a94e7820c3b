package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Micros is t as it is stored: microseconds since 1970 in UTC. The zero time is
// stored as 0, which stands for never.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// JSON carries a value in a JSONB column. Only objects and arrays may be
// stored: SQLite would turn a bare number or text into something else.
type JSON[T any] struct{ V T }

// Value encodes for the database.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("encode column: %w", err)
	}
	return string(b), nil
}

// Scan decodes from the database. NULL leaves the value as it is.
func (j *JSON[T]) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(s), &j.V)
	case []byte:
		return json.Unmarshal(s, &j.V)
	}
	return fmt.Errorf("column holds %T, not JSON", src)
}

// InTexts is the right side of `column IN …` for a list of texts that is
// argument n, made with [List].
func InTexts(q Querier, n int) string {
	arg := "$" + strconv.Itoa(n)
	if q.Engine() == PostgreSQL {
		return "(SELECT unnest(" + arg + "::text[]))"
	}
	return "(SELECT value FROM json_each(" + arg + "))"
}

// Ordered is a table expression, to stand after FROM, of the texts that are
// argument n, with columns value and ordinal (from 0).
func Ordered(q Querier, n int) string {
	arg := "$" + strconv.Itoa(n)
	if q.Engine() == PostgreSQL {
		return "(SELECT value, ordinal - 1 AS ordinal FROM unnest(" + arg + "::text[]) WITH ORDINALITY AS u(value, ordinal)) AS list"
	}
	return "(SELECT value, key AS ordinal FROM json_each(" + arg + ")) AS list"
}

// List is a slice as an argument of InTexts or Ordered.
func List(q Querier, items []string) any {
	if q.Engine() == PostgreSQL {
		if items == nil {
			items = []string{}
		}
		return items
	}
	b, _ := json.Marshal(items) // Texts always encode.
	if items == nil {
		b = []byte("[]")
	}
	return string(b)
}

package web

import (
	"encoding/json"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// parseObject reads a flat JSON object. It goes token by token, because
// encoding/json would keep the last of two equal names in silence.
func parseObject(body string) (Values, error) {
	malformed := fault.New(fault.Invalid, "The body must be a JSON object whose values are strings, numbers or booleans.")
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return Values{}, malformed
	}
	var v Values
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return Values{}, malformed
		}
		token, err := decoder.Token()
		if err != nil {
			return Values{}, malformed
		}
		var value string
		switch t := token.(type) {
		case string:
			value = t
		case json.Number:
			value = t.String()
		case bool:
			if value = "false"; t {
				value = "true"
			}
		case nil:
		default:
			return Values{}, malformed
		}
		if err := v.add(name.(string), value); err != nil {
			return Values{}, err
		}
	}
	if _, err := decoder.Token(); err != nil || decoder.InputOffset() != int64(len(strings.TrimRight(body, " \t\r\n"))) {
		return Values{}, malformed
	}
	return v, nil
}

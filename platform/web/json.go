package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Read reads the JSON body into a T. It is strict: an unknown field is refused
// by name, as are a name given twice, a NUL, invalid UTF-8 and anything after
// the value.
func Read[T any](r *http.Request) (T, error) {
	var into T
	kind, err := mediaType(r)
	if err != nil {
		return into, err
	}
	if kind != jsonType && !strings.HasSuffix(kind, "+json") {
		return into, unsupported("The body must be application/json.")
	}
	body, err := readBody(r)
	if err != nil {
		return into, err
	}
	if strings.TrimSpace(body) == "" {
		return into, fault.New(fault.Invalid, "The request needs a JSON body.")
	}
	if err := unambiguous(body); err != nil {
		return into, err
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		var none T
		return none, jsonFault(err)
	}
	return into, nil
}

// maxDepth bounds the nesting of a JSON body.
const maxDepth = 64

// unambiguous walks the tokens of exactly one JSON value and refuses what two
// readers would understand in two ways.
func unambiguous(body string) error {
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := walk(decoder, maxDepth); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "The body has more than one JSON value.")
	}
	return nil
}

func walk(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return jsonFault(err)
	}
	if text, ok := token.(string); ok && !clean(text) {
		return fault.New(fault.Invalid, "The JSON body holds a NUL character.")
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == 0 {
		return fault.New(fault.Invalid, "The JSON body is nested too deeply.")
	}
	var names map[string]bool
	if open == '{' {
		names = make(map[string]bool)
	}
	for decoder.More() {
		if names != nil {
			token, err := decoder.Token()
			if err != nil {
				return jsonFault(err)
			}
			name, _ := token.(string)
			if names[name] || !clean(name) {
				return fault.Newf(fault.Invalid, "The field %s is given more than once.", strconv.Quote(name))
			}
			names[name] = true
		}
		if err := walk(decoder, depth-1); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return jsonFault(err)
	}
	return nil
}

// jsonFault puts a decoder's error in the caller's words.
func jsonFault(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return fault.Wrap(fault.Invalid, fmt.Sprintf("The field %q cannot be a JSON %s.", kind.Field, kind.Value), err)
	}
	// encoding/json has no type for it, and its words are part of its tests.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Wrap(fault.Invalid, "The field "+name+" is not known.", err)
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	return fault.Wrap(fault.Invalid, "The body is not valid JSON.", err)
}

var (
	jsonContent = []string{jsonType}
	noStore     = []string{"no-store"}
)

// Write answers with v as JSON. It is not stored by caches unless the handler
// has set Cache-Control: what an identity provider says is about someone.
func Write(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // nosniff and the content type already keep it from being a page
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	h := w.Header()
	if h["Content-Type"] == nil {
		h["Content-Type"] = jsonContent
	}
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = noStore
	}
	body.Truncate(body.Len() - 1) // the encoder's newline
	h["Content-Length"] = []string{strconv.Itoa(body.Len())}
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	return written(err)
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// written is the error of sending an answer. A client that left is no fault of
// ours and changes nothing that was done.
func written(err error) error {
	if err == nil || errors.Is(err, http.ErrBodyNotAllowed) {
		return nil
	}
	return fault.Wrap(fault.Unavailable, "", fmt.Errorf("send answer: %w", err))
}

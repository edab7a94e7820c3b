package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// ErrMediaType is the cause of the fault for a body in a format that is not
// read here, for surfaces that answer it with 415.
var ErrMediaType = errors.New("unsupported media type")

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

var chunks = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// mediaType is the request's content type in lower case, without parameters. It
// refuses a charset other than UTF-8 and an encoded (compressed) body, which
// would be read as something else than what was sent.
func mediaType(r *http.Request) (string, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return "", unsupported("The body of the request must not be compressed.")
	}
	given := r.Header.Get("Content-Type")
	if given == formType || given == jsonType || given == "" {
		return given, nil
	}
	kind, parameters, err := mime.ParseMediaType(given)
	if err != nil {
		return "", unsupported("The content type of the request cannot be read.")
	}
	if charset, ok := parameters["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return "", unsupported("The body of the request must be UTF-8.")
	}
	return kind, nil
}

func unsupported(message string) error {
	return fault.Wrap(fault.Invalid, message, ErrMediaType)
}

// readBody reads the whole body. The mux has bounded it; outside a mux the
// default bound holds.
func readBody(r *http.Request) (string, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return "", nil
	}
	var text strings.Builder
	if r.ContentLength > 0 && r.ContentLength <= defaultMaxBody {
		text.Grow(int(r.ContentLength))
	}
	chunk := chunks.Get().(*[4 << 10]byte)
	defer func() {
		clear(chunk[:]) // it held passwords and tokens
		chunks.Put(chunk)
	}()
	_, bounded := r.Context().Value(recordKey{}).(*Record)
	for {
		n, err := r.Body.Read(chunk[:])
		text.Write(chunk[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", bodyFault(err)
		}
		if !bounded && text.Len() > defaultMaxBody {
			return "", errBody(nil)
		}
	}
	if !utf8.ValidString(text.String()) {
		return "", fault.New(fault.Invalid, "The body of the request is not valid UTF-8.")
	}
	return text.String(), nil
}

func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errBody(err)
	}
	return fault.Wrap(fault.Invalid, "The body of the request could not be read to its end.", fmt.Errorf("read body: %w", err))
}

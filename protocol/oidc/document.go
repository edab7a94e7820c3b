package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// document is an answer made once and sent often. Its header values are slices
// that are never written to, so that sending it allocates nothing.
type document struct {
	body                             []byte
	tag                              string
	kind, length, etag, cacheControl []string
}

func newDocument(body []byte, kind, cacheControl string) *document {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	return &document{body, tag, []string{kind}, []string{strconv.Itoa(len(body))}, []string{tag}, []string{cacheControl}}
}

// serve sends the document, or says that the caller has it (RFC 9110 §13.1.2).
func (d *document) serve(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = d.etag, d.cacheControl
	if d.known(r.Header["If-None-Match"]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Type"], h["Content-Length"] = d.kind, d.length
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if _, err := w.Write(d.body); err != nil {
		return fmt.Errorf("send document: %w", err)
	}
	return nil
}

// known compares weakly, as If-None-Match is.
func (d *document) known(headers []string) bool {
	for _, header := range headers {
		for tag := range strings.SplitSeq(header, ",") {
			if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == d.tag || tag == "*" {
				return true
			}
		}
	}
	return false
}

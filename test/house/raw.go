package house

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
)

// Raw sends these bytes over TLS to the tenant of that name and reads one
// answer: for requests that no decent client would send. A connection that was
// closed without an answer gives nil.
func (h *House) Raw(host, request string) *Answer {
	h.Helper()
	config := h.TLS()
	config.ServerName, config.NextProtos = host, []string{"http/1.1"}
	c, err := tls.Dial("tcp", h.Address, config)
	h.Must(err)
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, request); err != nil {
		return nil
	}
	method, _, _ := strings.Cut(request, " ")
	answer, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		return nil
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	return &Answer{answer.StatusCode, answer.Header, string(body)}
}

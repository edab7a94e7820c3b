package house

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Metric is the sum of a metric's series, as the admin socket tells it.
func (h *House) Metric(name string) (sum float64) {
	h.Helper()
	dir, err := os.Open(h.Config.Data) // Its own name may be too long for a socket's address.
	h.Must(err)
	defer func() { _ = dir.Close() }()
	socket := fmt.Sprintf("/proc/self/fd/%d/admin.sock", dir.Fd())
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport, Timeout: soon}).Get("http://admin/metrics")
	h.Must(err)
	defer func() { _ = answer.Body.Close() }()
	found := false
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if metric, _, _ := strings.Cut(series, "{"); metric == name {
			n, err := strconv.ParseFloat(value, 64)
			h.Must(err)
			sum, found = sum+n, true
		}
	}
	if !found {
		h.Fatalf("there is no metric %s", name)
	}
	return sum
}

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/app"
)

// house is the product, built and running, with the demo in it.
type house struct {
	options
	dir     string // of binary and data
	address string
	url     string
	demo    app.Demo
	tls     *tls.Config
	server  *process
	limit   *limit
}

func openHouse(ctx context.Context, o options) (h *house, err error) {
	h = &house{options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.dir, err = os.MkdirTemp("", "gatehouse-bench-"); err != nil {
		return h, err
	}
	if h.binary == "" {
		h.binary = filepath.Join(h.dir, "gatehouse")
		build := exec.CommandContext(ctx, "go", "build", "-o", h.binary, "github.com/gatehouse/gatehouse/cmd/gatehouse")
		if out, err := build.CombinedOutput(); err != nil {
			return h, fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	if h.address, err = freeAddress(); err != nil {
		return h, err
	}
	h.url = "http://" + h.address
	if o.tls {
		h.url = "https://" + h.address
	}
	if _, err := h.start(ctx); err != nil {
		return h, err
	}
	if err := h.furnish(ctx); err != nil {
		return h, err
	}
	config, err := h.limitConfig(ctx)
	if err != nil {
		return h, err
	}
	h.limit, err = openLimit(ctx, config)
	return h, err
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (h *house) data() string { return filepath.Join(h.dir, "data") }

// arguments are those of every command. Rate limits are lifted far up: all the
// load comes from one address.
func (h *house) arguments(name string, more ...string) []string {
	return append([]string{name, "--data", h.data(), "--public-url", h.url, "--rate-multiplier", "1000"}, more...)
}

// start starts the server and waits for its first 200; it returns how long that
// took from the start of the process.
func (h *house) start(ctx context.Context) (time.Duration, error) {
	h.server = command(ctx, h.binary, h.arguments("serve", "--listen", h.address, "--hash-queue", "512")...)
	log, err := os.Create(filepath.Join(h.dir, "server.log"))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	h.server.cmd.Stderr = log
	begin := time.Now()
	if err := h.server.cmd.Start(); err != nil {
		return 0, err
	}
	for time.Since(begin) < 30*time.Second {
		if _, err := h.fetch(ctx, "/.well-known/openid-configuration"); err == nil {
			return time.Since(begin), nil
		}
		time.Sleep(time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	return 0, fmt.Errorf("the server did not answer: %s", text)
}

// furnish makes the demo and learns its applications.
func (h *house) furnish(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, h.binary, h.arguments("demo", "--json")...).Output()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := json.Unmarshal(out, &h.demo); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if h.options.tls {
		pem, err := os.ReadFile(h.demo.CAFile)
		if err != nil {
			return err
		}
		h.tls = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
		h.tls.RootCAs.AppendCertsFromPEM(pem)
	}
	return nil
}

// fetch reads a document of the server's.
func (h *house) fetch(ctx context.Context, path string) ([]byte, error) {
	config := h.tls
	if config == nil {
		config = &tls.Config{InsecureSkipVerify: true} // #nosec G402 -- before the demo has told where the CA is
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	return read(ctx, &http.Client{Transport: transport}, h.url+path)
}

func read(ctx context.Context, c *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

// counter reads one counter from the admin socket's metrics.
func (h *house) counter(ctx context.Context, name string) (float64, error) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(h.data(), "admin.sock"))
	}}
	defer transport.CloseIdleConnections()
	text, err := read(ctx, &http.Client{Transport: transport}, "http://admin/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}

func (h *house) target(request []byte) target { return target{h.address, h.tls, request} }

// close ends the processes and removes what they kept.
func (h *house) close() error {
	var errs []error
	if h.limit != nil {
		errs = append(errs, h.limit.stop())
	}
	errs = append(errs, h.server.stop())
	if h.dir != "" {
		errs = append(errs, os.RemoveAll(h.dir))
	}
	return errors.Join(errs...)
}

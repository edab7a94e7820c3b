package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
)

// socketName is the admin socket in the data folder. Who may open it is the
// folder's and the socket's mode: it is for the machine's own administrator.
const socketName = "admin.sock"

// command is one row of the admin socket's table.
type command struct {
	name string
	run  func(a *App, ctx context.Context, body io.Reader) (any, error)
}

const demoCommand = "demo"

// commands are what the command line asks of a running server.
var commands = []command{
	{demoCommand, reading((*App).Demo)},
	{"verify", reading((*App).verifyCommand)},
	{"recover", reading((*App).Recover)},
	{"tenant-create", reading((*App).CreateTenant)},
	{"tenant-list", reading((*App).ListTenants)},
}

// reading makes a command of a use case: its input is read strictly.
func reading[I, O any](do func(*App, context.Context, I) (*O, error)) func(*App, context.Context, io.Reader) (any, error) {
	return func(a *App, ctx context.Context, body io.Reader) (any, error) {
		in, err := readCommand[I](body)
		if err != nil {
			return nil, err
		}
		return do(a, ctx, in)
	}
}

func readCommand[T any](body io.Reader) (in T, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, fault.Wrap(fault.Invalid, "The command cannot be read: "+err.Error(), err)
	}
	return in, nil
}

// serveAdmin answers on the admin socket.
func (a *App) serveAdmin(ctx context.Context) error {
	dir, done, err := shortPath(a.settings.Data)
	if err != nil {
		return err
	}
	defer done()
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the former admin socket: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("open the admin socket: %w", err)
	}
	// The folder is closed to others; the socket too, in case it is not.
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("close the admin socket to others: %w", err), l.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", a.ops())
	for _, c := range commands {
		mux.HandleFunc("POST /"+c.name, func(w http.ResponseWriter, r *http.Request) {
			out, err := c.run(a, r.Context(), r.Body)
			if err != nil {
				a.log.Error("admin command", "command", c.name, "error", err)
				_ = web.Write(w, fault.KindOf(err).Status(), adminError{fault.Public(err)})
				return
			}
			_ = web.Write(w, http.StatusOK, out)
		})
	}
	return serveHTTP(ctx, l, mux)
}

type adminError struct {
	Error string `json:"error"`
}

// serveHTTP answers plain HTTP on a listener of our own until the context ends.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(end)
	})
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// errNoServer says that no server runs on the data folder.
var errNoServer = errors.New("no server is running")

// call asks the server that runs on the data folder.
func call(ctx context.Context, data, name string, in, out any) error {
	dir, done, err := shortPath(data)
	if err != nil {
		return errNoServer
	}
	defer done()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, socketName))
	}}
	defer transport.CloseIdleConnections()
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin/"+name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return errNoServer
	}
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		var refused adminError
		_ = json.NewDecoder(answer.Body).Decode(&refused)
		return fmt.Errorf("the running server refused (%d): %s", answer.StatusCode, refused.Error)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/web"
)

// Listen opens the public listener, so that its address is known before Serve.
func (a *App) Listen(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.settings.Config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	a.ownAddress = dialable(l.Addr())
	return l, nil
}

// dialable is the listener's address as this machine can reach it.
func dialable(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return addr.String()
}

// Serve answers on the listener, on the admin socket and on the listener for
// operations until the context ends, then lets requests under way finish.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := a.rememberAddress(); err != nil {
		return err
	}
	config, err := a.tlsConfig()
	if err != nil {
		return err
	}
	background, err := a.background(ctx)
	if err != nil {
		return err
	}
	public := &web.Server{Handler: a.Mux, Log: a.log, TLS: config, Connections: a.settings.MaxConnections,
		Proxies: a.settings.proxies, Hosts: a.serves}
	servers := []func(context.Context) error{
		func(ctx context.Context) error { return public.Run(ctx, l) },
		a.serveAdmin,
		a.serveOps,
	}
	errs := make(chan error, len(servers))
	var running sync.WaitGroup
	for _, serve := range servers {
		running.Go(func() {
			errs <- serve(ctx)
			stop() // When one ends, the house closes.
		})
	}
	running.Wait()
	background()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// background runs what has no caller. The returned function waits for its end:
// after the last request, so that the last events are sealed too.
func (a *App) background(ctx context.Context) (wait func(), err error) {
	late, stop := context.WithCancel(context.WithoutCancel(ctx))
	if a.DB.Engine() == db.SQLite {
		// The data folder's lock says that whoever held these leases is gone.
		if err := a.Jobs.Takeover(late); err != nil {
			stop()
			return nil, err
		}
	}
	var running sync.WaitGroup
	running.Go(func() { a.tendMemory(late) })
	running.Go(func() { a.Jobs.Run(late) })
	running.Go(func() { a.Keys.Follow(late, a.DB, a.clock) })
	return func() {
		if err := a.keeper.Save(late); err != nil {
			a.log.Error("save rate limits", "error", err)
		}
		stop()
		running.Wait()
	}, nil
}

func (a *App) tlsConfig() (*tls.Config, error) {
	switch {
	case a.settings.public.Scheme == "http":
		return nil, nil //nolint:nilnil // Plain HTTP, which web.Server allows on loopback only.
	case a.localCA != nil:
		return web.TLSConfig(a.localCA.GetCertificate(a.serves)), nil
	}
	files, err := web.OpenCertFiles(a.settings.Certificate, a.settings.CertificateKey, a.clock, a.log)
	if err != nil {
		return nil, err
	}
	return web.TLSConfig(files.GetCertificate), nil
}

// serves reports whether a host is one of our tenants'.
func (a *App) serves(host string) bool {
	_, err := a.Tenants.ByHost(context.Background(), hostname(host))
	return err == nil
}

func (a *App) serveOps(ctx context.Context) error {
	if a.settings.OpsListen == "" {
		<-ctx.Done()
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.settings.OpsListen)
	if err != nil {
		return fmt.Errorf("listen for operations: %w", err)
	}
	return serveHTTP(ctx, l, a.ops())
}

func (a *App) ops() http.Handler { return web.Ops(a.metrics, a.ready) }

// ready reports whether the server can do its work: read and write.
func (a *App) ready(ctx context.Context) error { return a.DB.Ping(ctx) }

// Greet says on out where the server is, and how to begin.
func (a *App) Greet(ctx context.Context, out io.Writer) error {
	t, err := a.Tenants.Find(ctx, OperatorTenant)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Gatehouse is at     %s\n", a.settings.public)
	if _, port, _ := net.SplitHostPort(a.ownAddress); a.ownAddress != "" && loopbackHost(a.settings.public.Hostname()) && port != a.settings.port() {
		text += fmt.Sprintf("But it listens on   %s: without a proxy in between, give --public-url that port.\n", a.ownAddress)
	}
	if a.localCA != nil {
		text += fmt.Sprintf("Its CA, to trust    %s\n", a.localCA.Path())
	}
	text += fmt.Sprintf("The console is at   %s\n", t.URL("/console/"))
	invitation, err := a.Staff.InviteFirstAdministrator(ctx)
	if err != nil {
		return err
	}
	if invitation != "" {
		text += fmt.Sprintf("\nMake the first administrator (once, within a day):\n  %s\n", t.URL("/setup?token="+invitation))
	}
	_, err = io.WriteString(out, text)
	return err
}

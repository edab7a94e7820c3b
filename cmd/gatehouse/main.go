// Command gatehouse is the identity platform that keeps, and proves, its own
// promises. It holds commands only; what they do is in app.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/gatehouse/gatehouse/app"
)

type commandLine struct {
	Serve   serveCommand   `cmd:"" help:"Serve the product."`
	Demo    demoCommand    `cmd:"" help:"Make applications, APIs and people for a first look."`
	Migrate migrateCommand `cmd:"" help:"Bring the database schema up to date. The server does so by itself."`
	Audit   struct {
		Verify verifyCommand `cmd:"" help:"Verify the journal: every event, the transparency log and every checkpoint."`
	} `cmd:"" help:"The audit trail of record."`
	Admin struct {
		Recover recoverCommand `cmd:"" help:"Break-glass: make a link with which a former administrator becomes one again. It is journalled."`
	} `cmd:"" help:"The console's administrators."`
	Tenant struct {
		Create tenantCreateCommand `cmd:"" help:"Make a tenant: an identity service with an issuer of its own."`
		List   tenantListCommand   `cmd:"" help:"List the tenants."`
	} `cmd:"" help:"The isolated identity services of this installation."`
	Version versionCommand `cmd:"" help:"Say which version this is."`
}

func main() {
	var line commandLine
	parser := kong.Must(&line, kong.Name("gatehouse"), kong.Description("The identity platform that keeps, and proves, its own promises."),
		kong.ShortUsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	chosen, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	if err := chosen.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called.
	}
}

type serveCommand struct {
	app.Config `embed:""`
}

// Run serves until it is told to end.
func (c *serveCommand) Run(ctx context.Context) (err error) {
	a, err := app.New(ctx, c.Config, app.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	l, err := a.Listen(ctx)
	if err != nil {
		return err
	}
	if err := a.Greet(ctx, os.Stdout); err != nil {
		if ctx.Err() != nil {
			return nil // It was told to end before it had begun.
		}
		return err
	}
	return a.Serve(ctx, l)
}

type demoCommand struct {
	app.Config  `embed:""`
	JSON        bool     `help:"Print one JSON object." name:"json"`
	RedirectURI []string `help:"A further callback address of the demo's applications. May be repeated." name:"redirect-uri" placeholder:"URL"`
}

// Run makes the demo and says how to use it.
func (c *demoCommand) Run(ctx context.Context) error {
	d, err := app.RunDemo(ctx, c.Config, app.DemoRequest{RedirectURIs: c.RedirectURI})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(os.Stdout, d)
	}
	fmt.Printf("Issuer      %s\n", d.Issuer)
	for _, u := range d.Users {
		fmt.Printf("Person      %s   password %s\n", u.Email, u.Password)
	}
	for _, key := range []string{"main", "other", "public", "m2m"} {
		fmt.Printf("Application %-7s client id %s   secret %s\n", key, d.Clients[key].ClientID, orNone(d.Clients[key].ClientSecret))
	}
	fmt.Println("\nThe whole of it, for programs: gatehouse demo --json")
	return nil
}

func orNone(secret string) string {
	if secret == "" {
		return "none: it is public and uses PKCE"
	}
	return secret
}

type migrateCommand struct {
	app.Config `embed:""`
}

// Run applies what is missing of the schema.
func (c *migrateCommand) Run(ctx context.Context) error {
	n, err := app.Migrate(ctx, c.Config)
	if err == nil {
		fmt.Printf("%d migrations applied.\n", n)
	}
	return err
}

type verifyCommand struct {
	app.Config `embed:""`
	JSON       bool `help:"Print one JSON object." name:"json"`
}

// Run verifies the journal. An unsound journal is an error.
func (c *verifyCommand) Run(ctx context.Context) error {
	report, err := app.RunVerify(ctx, c.Config)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(os.Stdout, report); err != nil {
			return err
		}
	}
	if !report.Sound {
		return fmt.Errorf("the journal is NOT sound: %s (%d events before it agree)", report.Finding, report.Verified)
	}
	if !c.JSON {
		fmt.Printf("The journal is sound: %d events agree with the transparency log and every checkpoint.\n", report.Verified)
	}
	return nil
}

type recoverCommand struct {
	app.Config `embed:""`
	Email      string `arg:"" help:"Address of somebody who is or was administrator."`
}

// Run makes the recovery link.
func (c *recoverCommand) Run(ctx context.Context) error {
	r, err := app.RunRecover(ctx, c.Config, app.RecoverRequest{Email: c.Email})
	if err == nil {
		fmt.Printf("Open this once, within a day:\n  %s\n", r.URL)
	}
	return err
}

type tenantCreateCommand struct {
	app.Config `embed:""`
	ID         string `arg:"" help:"Its id, a host label: staging."`
	Name       string `help:"What people are shown. By default the id."`
	Host       string `help:"Its host. By default the id, one label below the public host."`
}

// Run makes the tenant and says its issuer.
func (c *tenantCreateCommand) Run(ctx context.Context) error {
	t, err := app.RunCreateTenant(ctx, c.Config, app.TenantRequest{ID: c.ID, Name: c.Name, Host: c.Host})
	if err == nil {
		fmt.Printf("%s is at %s\n", t.ID, t.Issuer)
	}
	return err
}

type tenantListCommand struct {
	app.Config `embed:""`
}

// Run lists the tenants by id.
func (c *tenantListCommand) Run(ctx context.Context) error {
	all, err := app.RunListTenants(ctx, c.Config)
	if err != nil {
		return err
	}
	for _, t := range all.Tenants {
		fmt.Printf("%-16s %s\n", t.ID, t.Issuer)
	}
	return nil
}

type versionCommand struct{}

// Run says the version that the Go toolchain stamped.
func (versionCommand) Run() error {
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	fmt.Printf("gatehouse %s%s\n", version, revision)
	return nil
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

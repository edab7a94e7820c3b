package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the command line's.
type options struct {
	short  bool
	tls    bool
	only   string
	binary string
	turns  int           // of product and limit each
	turn   time.Duration // how long one is
	settle time.Duration // how long it goes on after its load
	idle   time.Duration // before memory is measured
}

// benchmark is one part of the table.
type benchmark struct {
	name string
	run  func(ctx context.Context, h *house) ([]row, error)
}

var benchmarks = []benchmark{
	{"start", start},
	{"token", tokens},
	{"document", documents},
	{"access", accesses},
	{"login", logins},
	{"storm", storm},
}

func main() {
	if os.Getenv(roleVariable) != "" {
		if err := serveLimit(); err != nil {
			fmt.Fprintln(os.Stderr, "limit:", err)
			os.Exit(1)
		}
		return
	}
	o := options{turns: 5, turn: 2 * time.Second, settle: time.Second, idle: time.Minute}
	flag.BoolVar(&o.short, "short", false, "finish within a minute; figures scatter more")
	flag.BoolVar(&o.tls, "tls", false, "over HTTPS with the local CA; limits stay plain, so their ratios fall")
	flag.StringVar(&o.only, "only", "", "run one of: "+names())
	flag.StringVar(&o.binary, "binary", "", "measure this gatehouse in place of building one")
	flag.Parse()
	if o.short {
		o.turns, o.turn, o.settle, o.idle = 3, 300*time.Millisecond, 400*time.Millisecond, 2*time.Second
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called.
	}
}

func names() string {
	list := make([]string, len(benchmarks))
	for i, b := range benchmarks {
		list[i] = b.name
	}
	return strings.Join(list, ", ")
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	h, err := openHouse(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	fmt.Fprintf(out, "%s\n\n", machine())
	header(out)
	ran := false
	for _, b := range benchmarks {
		if o.only != "" && o.only != b.name {
			continue
		}
		ran = true
		rows, err := b.run(ctx, h)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		for _, r := range rows {
			r.print(out)
		}
	}
	if !ran {
		return fmt.Errorf("there is no benchmark %q: there are %s", o.only, names())
	}
	return nil
}

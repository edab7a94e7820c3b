package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// target is where one request, always the same, is sent again and again. It is
// written and read by hand: the load shares the machine with what it measures.
type target struct {
	address string
	tls     *tls.Config // nil is plain HTTP
	request []byte
}

// tally is what a load came to.
type tally struct {
	done      int
	took      time.Duration
	latencies []time.Duration // of a paced load
}

// post makes the bytes of a form's request.
func post(path, host, authorization, form string) []byte {
	if authorization != "" {
		authorization = "Authorization: " + authorization + "\r\n"
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		path, host, authorization, len(form), form)
}

// get makes the bytes of a GET.
func get(path, host, authorization string) []byte {
	if authorization != "" {
		authorization = "Authorization: " + authorization + "\r\n"
	}
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, host, authorization)
}

// flood sends as fast as that many connections can, each waiting for its
// answer before it asks again.
func (t target) flood(ctx context.Context, connections int, d time.Duration) (tally, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return t.each(connections, func(c *client, sum *tally) error {
		for ctx.Err() == nil {
			if err := c.ask(t.request); err != nil {
				return err
			}
			sum.done++
		}
		return nil
	})
}

// pace sends at a fixed rate in all, and measures each answer from the moment
// its request was due: a server that stalls is not spared the ones that wait.
func (t target) pace(ctx context.Context, connections int, perSecond float64, d time.Duration) (tally, error) {
	begin := time.Now()
	end := begin.Add(d)
	step := time.Duration(float64(connections) / perSecond * float64(time.Second))
	var number int
	var mu sync.Mutex
	return t.each(connections, func(c *client, sum *tally) error {
		mu.Lock()
		due := begin.Add(step * time.Duration(number) / time.Duration(connections))
		number++
		mu.Unlock()
		for ; due.Before(end) && ctx.Err() == nil; due = due.Add(step) {
			time.Sleep(time.Until(due))
			if err := c.ask(t.request); err != nil {
				return err
			}
			sum.done++
			sum.latencies = append(sum.latencies, time.Since(due))
		}
		return nil
	})
}

// each runs work on that many connections at once and adds up.
func (t target) each(connections int, work func(*client, *tally) error) (tally, error) {
	sums := make([]tally, connections)
	errs := make([]error, connections)
	begin := time.Now()
	var running sync.WaitGroup
	for i := range connections {
		running.Go(func() {
			c, err := t.dial()
			if err == nil {
				err = errors.Join(work(c, &sums[i]), c.conn.Close())
			}
			errs[i] = err
		})
	}
	running.Wait()
	all := tally{took: time.Since(begin)}
	for _, s := range sums {
		all.done += s.done
		all.latencies = append(all.latencies, s.latencies...)
	}
	return all, errors.Join(errs...)
}

func (t target) dial() (*client, error) {
	conn, err := net.Dial("tcp", t.address)
	if err != nil {
		return nil, err
	}
	if t.tls != nil {
		conn = tls.Client(conn, t.tls)
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// client is one connection of HTTP/1.1 that is kept alive.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

// ask sends the request and reads the answer away. Whatever is not 200 is an
// error: a refusal is quick and would make a fine figure.
func (c *client) ask(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		rest, _ := io.ReadAll(io.LimitReader(c.in, 600))
		return fmt.Errorf("answered %s%s", line, rest)
	}
	length := -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && http.CanonicalHeaderKey(string(name)) == "Content-Length" {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("the answer has no Content-Length")
	}
	_, err = c.in.Discard(length)
	return err
}

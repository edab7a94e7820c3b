package web_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/web"
)

// groups is a writer that hands each write to the test.
type groups chan string

func (g groups) Write(p []byte) (int, error) {
	g <- string(p)
	return len(p), nil
}

// waitingClock tells when somebody waits, so that a test moves it at the right time.
type waitingClock struct {
	*clock.Fake
	waiting chan time.Duration
}

func (c waitingClock) After(d time.Duration) <-chan time.Time {
	due := c.Fake.After(d)
	c.waiting <- d
	return due
}

func TestLogBuffer(t *testing.T) {
	out := make(groups, 10)
	clk := waitingClock{clock.NewFake(start), make(chan time.Duration, 10)}
	b := web.NewLogBuffer(out, clk)
	write := func(s string) {
		if _, err := b.Write([]byte(s)); err != nil {
			t.Error(err)
		}
	}
	write("one\n")
	if wait := <-clk.waiting; wait != 100*time.Millisecond {
		t.Errorf("the first line waits %s", wait)
	}
	write("two\n")
	if len(out) > 0 {
		t.Error("a line did not wait for company")
	}
	clk.Forward(100 * time.Millisecond)
	if got := <-out; got != "one\ntwo\n" {
		t.Errorf("the first group is %q", got)
	}
	write(strings.Repeat("x", 64<<10))
	if got := <-out; len(got) != 64<<10 {
		t.Errorf("a full group of %d bytes was written", len(got))
	}
	write("last\n")
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got := <-out; got != "last\n" {
		t.Errorf("closing wrote %q", got)
	}
	if _, err := b.Write([]byte("late\n")); err == nil {
		t.Error("a line after the end was swallowed")
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestLogBufferKeepsEveryLine(t *testing.T) {
	var out lockedBuffer
	b := web.NewLogBuffer(&out, clock.System())
	var crowd sync.WaitGroup
	for i := range 8 {
		crowd.Go(func() {
			for j := range 500 {
				_, _ = fmt.Fprintf(b, "%d %d %s\n", i, j, strings.Repeat("x", 50))
			}
		})
	}
	crowd.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	next := make([]int, 8)
	for line := range strings.Lines(out.String()) {
		var i, j int
		if _, err := fmt.Sscanf(line, "%d %d", &i, &j); err != nil || next[i] != j {
			t.Fatalf("line %q after %d", line, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != 500 {
			t.Errorf("writer %d has %d lines", i, n)
		}
	}
}

//go:build !linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// process is a child that cannot be measured here.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

var errLinux = errors.New("CPU and memory of another process are read on Linux only")

func (p *process) cpu() (time.Duration, error) { return 0, errLinux }

func (p *process) memory() (float64, error) { return 0, errLinux }

func (p *process) stop() error {
	if p == nil || p.cmd.Process == nil {
		return nil
	}
	return errors.Join(p.cmd.Process.Kill(), p.cmd.Wait())
}

func command(ctx context.Context, name string, args ...string) *process {
	return &process{cmd: exec.CommandContext(ctx, name, args...)}
}

func machine() string { return runtime.GOOS }

//go:build strace

package power

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse/gatehouse/test/house"
)

func TestNoAnswerLeavesBeforeItsCommitIsSynced(t *testing.T) {
	if out, err := exec.Command("strace", "-f", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: strace cannot watch a process here (%v): %s", err, out)
	}
	// Plain HTTP on loopback, so that requests and answers can be read in the trace.
	p := house.NewProgram(t, house.Build(t), "--log-level", "warn")
	_, port, _ := strings.Cut(p.Address, ":")
	base := "http://localhost:" + port
	p.Further = append(p.Further, "--public-url", base)
	trace := filepath.Join(t.TempDir(), "trace")
	p.Start("strace", "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=read,write,pwrite64,writev,fsync,fdatasync")
	demo := p.Furnish()
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {demo.Audience}}
	for i := range 50 {
		r, err := http.NewRequest(http.MethodPost, base+"/oauth/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", house.Basic(demo.Clients["m2m"].ClientID, demo.Clients["m2m"].ClientSecret))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Fatalf("token %d: %s", i, answer.Status)
		}
	}
	if err := p.Stop(); err != nil {
		t.Logf("strace ended: %v", err)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	answers, findings := judge(string(text))
	for _, finding := range findings {
		t.Error(finding)
	}
	if answers < 50 {
		t.Errorf("only %d answers were seen in the trace", answers)
	}
	t.Logf("%d answers, each after the sync of its commit", answers)
}

// A line of strace is: process, call. One that blocks is told of twice, when it
// begins and when it returns.
var (
	unfinished = regexp.MustCompile(`^(\d+) +(\w+\(.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	whole      = regexp.MustCompile(`^(\d+) +(\w+\(.*)$`)
	opened     = regexp.MustCompile(`^\w+\(\d+<([^>]*)>`)
)

// judge walks through the trace. After a request was read, the write-ahead log
// must have been written and then synced before its answer is written.
func judge(trace string) (answers int, findings []string) {
	pending := map[string]string{}
	asked, wrote, synced := false, false, false
	begin := func(call string) {
		if !strings.HasPrefix(call, "write(") || !strings.Contains(call, `"HTTP/1.1 200`) || !asked {
			return
		}
		answers++
		if asked = false; !wrote || !synced {
			findings = append(findings, fmt.Sprintf("answer %d left with the log written: %v, synced: %v", answers, wrote, synced))
		}
	}
	end := func(call string) {
		file := ""
		if m := opened.FindStringSubmatch(call); m != nil {
			file = m[1]
		}
		switch wal := strings.HasSuffix(file, "-wal"); {
		case strings.HasPrefix(call, "read(") && strings.Contains(call, `"POST /oauth/token`):
			asked, wrote, synced = true, false, false
		case wal && strings.HasPrefix(call, "pwrite64("):
			wrote = true // Not the end of synced: the sealer may begin its own commit before the answer leaves.
		case wal && (strings.HasPrefix(call, "fsync(") || strings.HasPrefix(call, "fdatasync(")):
			synced = synced || wrote && strings.HasSuffix(call, "= 0")
		}
	}
	for line := range strings.SplitSeq(trace, "\n") {
		if m := unfinished.FindStringSubmatch(line); m != nil {
			pending[m[1]] = m[2]
			begin(m[2])
		} else if m := resumed.FindStringSubmatch(line); m != nil {
			end(pending[m[1]] + m[2])
			delete(pending, m[1])
		} else if m := whole.FindStringSubmatch(line); m != nil {
			begin(m[2])
			end(m[2])
		}
	}
	return answers, findings
}

func TestTheJudgeIsAwake(t *testing.T) {
	const read, wrote, sync, answer = `1 read(9<socket:[1]>, "POST /oauth/token HTTP/1.1\r\n"..., 4096) = 300`,
		`2 pwrite64(7</data/gatehouse.db-wal>, "x"..., 4096, 0) = 4096`, `2 fdatasync(7</data/gatehouse.db-wal>) = 0`,
		`1 write(9<socket:[1]>, "HTTP/1.1 200 OK\r\n"..., 500) = 500`
	for _, tt := range []struct {
		name  string
		lines []string
		sound bool
	}{
		{"written, synced, answered", []string{read, wrote, sync, answer}, true},
		{"answered before the sync", []string{read, wrote, answer, sync}, false},
		{"answered without a write", []string{read, answer}, false},
		{"synced before the write", []string{read, sync, wrote, answer}, false},
		{"answered while the sync is under way", []string{read, wrote, `2 fdatasync(7</data/gatehouse.db-wal> <unfinished ...>`, answer, `2 <... fdatasync resumed>) = 0`}, false},
		{"answered when the sync has returned", []string{read, wrote, `2 fdatasync(7</data/gatehouse.db-wal> <unfinished ...>`, `2 <... fdatasync resumed>) = 0`, answer}, true},
		{"a sync that failed", []string{read, wrote, `2 fdatasync(7</data/gatehouse.db-wal>) = -1 EIO (Input/output error)`, answer}, false},
		{"another commit begun before the answer", []string{read, wrote, sync, wrote, answer}, true},
		{"the sync of another file", []string{read, wrote, `2 fdatasync(8</data/other>) = 0`, answer}, false},
	} {
		if answers, findings := judge(strings.Join(tt.lines, "\n")); answers != 1 || (len(findings) == 0) != tt.sound {
			t.Errorf("%s: %d answers, %v", tt.name, answers, findings)
		}
	}
}

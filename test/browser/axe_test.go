//go:build browser

package browser

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe names axe-core's axe.min.js. It comes from npm, so a machine without it
// walks the journey all the same, and says so.
const axe = "GATEHOUSE_AXE"

func sayWithoutAxe(t *testing.T) {
	if os.Getenv(axe) == "" {
		t.Logf("NOT RUN: axe, as %s names no axe.min.js", axe)
	}
}

type finding struct {
	Impact string `json:"impact"`
	ID     string `json:"id"`
	Help   string `json:"help"`
	Where  string `json:"where"`
}

// accessible expects nothing serious from axe, in both colour schemes. Colours
// do not fade while it looks: the page was told to keep still.
func (v *visitor) accessible(name string) {
	v.Helper()
	path := os.Getenv(axe)
	if path == "" {
		return
	}
	script, err := os.ReadFile(path)
	if err != nil {
		v.Fatal(err)
	}
	v.do(chromedp.Evaluate[chromedp.Void](string(script) + "; undefined"))
	for _, scheme := range schemes {
		v.in(scheme)
		v.do(settle)
		for _, f := range ask(v, chromedp.Evaluate[[]finding](axeRun, chromedp.EvalAwaitPromise)) {
			v.Errorf("%s, %s: %s", name, scheme, fmt.Sprintf("%s (%s): %s, at %s", f.ID, f.Impact, f.Help, f.Where))
		}
	}
	v.in("light")
}

const axeRun = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
	.filter(({ impact }) => impact === 'serious' || impact === 'critical')
	.map(({ impact, id, help, nodes }) => ({ impact, id, help, where: nodes.map(({ target }) => target.join(' ')).join('; ') })))`

//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait for the browser.
const patience = 30 * time.Second

// startBrowser opens Chromium with a home of its own, in whose certificate
// store the local CA is trusted: no check is switched off.
func startBrowser(t *testing.T, ca string) context.Context {
	t.Helper()
	home := t.TempDir()
	store := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(store, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "certutil", "-d", "sql:"+store, "-N", "--empty-password")
	run(t, "certutil", "-d", "sql:"+store, "-A", "-t", "C,,", "-n", "gatehouse", "-i", ca)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(home, "profile")),
		chromedp.Env("HOME="+home), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "en"))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // It lives as long as the context of the first call.
		t.Fatal(err)
	}
	return ctx
}

// visitor is a person at a browser window that shares nothing with others.
type visitor struct {
	*testing.T
	ctx context.Context
}

// visit opens a window of its own.
func visit(t *testing.T, browser context.Context) *visitor {
	t.Helper()
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	return &visitor{t, ctx}
}

// do runs steps, and says where the visitor stood when one fails.
func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.Fatalf("%v\n%s", err, v.stands())
	}
}

// ask runs one step that answers.
func ask[T any](v *visitor, step chromedp.Action[T]) T {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, step)
	if err != nil {
		v.Fatalf("%v\n%s", err, v.stands())
	}
	return answer
}

// stands describes where the visitor is.
func (v *visitor) stands() string {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	place, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return "nowhere: " + err.Error()
	}
	return place[:min(len(place), 2000)]
}

// open goes to an address and expects the status.
func (v *visitor) open(address string, status int) {
	v.Helper()
	if answer := ask(v, chromedp.NavigateResponse(address)); int(answer.Status) != status {
		v.Fatalf("%s answers %d, want %d\n%s", address, answer.Status, status, v.stands())
	}
}

// see waits until an element can be seen.
func (v *visitor) see(selector string) {
	v.Helper()
	v.do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// read waits until an element can be seen and returns its text.
func (v *visitor) read(selector string) string {
	v.Helper()
	v.see(selector)
	return ask(v, chromedp.Text(chromedp.CSS(selector)))
}

// reads waits until the element says it all.
func (v *visitor) reads(selector string, parts ...string) {
	v.Helper()
	text := v.read(selector)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			v.Errorf("%s says %q, which lacks %q", selector, text, part)
		}
	}
}

// find waits until an element with that text can be seen.
func (v *visitor) find(element, text string) {
	v.Helper()
	v.do(chromedp.WaitVisible(fmt.Sprintf(`//%s[contains(., %q)]`, element, text)))
}

// fill types into the fields of those ids, in place of what they hold.
func (v *visitor) fill(fields ...[2]string) {
	v.Helper()
	for _, field := range fields {
		box := chromedp.CSS("#" + field[0])
		v.do(chromedp.WaitVisible(box), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.getElementById(%q).select()`, field[0])),
			chromedp.SendKeys(box, field[1]))
	}
}

func (v *visitor) click(selector string) {
	v.Helper()
	v.do(chromedp.Click(chromedp.CSS(selector)))
}

// strike sends one key as a keyboard does, so that the page may keep it from
// being typed. KeyEvent types in any case.
func (v *visitor) strike(key string) {
	v.Helper()
	v.do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			if _, err := cdp.Call(ctx, page, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Text: key}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// press sends keys to whatever has the focus.
func (v *visitor) press(keys ...string) {
	v.Helper()
	for _, key := range keys {
		v.do(chromedp.KeyEvent(key))
	}
}

func (v *visitor) focused() string {
	v.Helper()
	return ask(v, chromedp.Evaluate[string](`document.activeElement.id || document.activeElement.tagName`))
}

// withoutScripts switches the scripts of the pages off.
func (v *visitor) withoutScripts() {
	v.Helper()
	v.do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

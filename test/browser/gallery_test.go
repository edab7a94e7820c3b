//go:build browser

package browser

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pictured are the pages that are shown, in the order of the gallery.
var pictured = []struct{ name, title, says string }{
	{"login", "Sign in", "What a user of your application sees first."},
	{"login-error", "Sign in, after a mistake", "What was typed stays; whether the account exists is not told."},
	{"sign-up", "Sign up", "What is asked of a password is said before it is typed."},
	{"sign-up-error", "Sign up, after a mistake", "The problem stands at its field."},
	{"consent", "Consent", "What the application asks for, in words."},
	{"logout", "Sign out", "Asked when nothing tells whose wish it is."},
	{"signed-out", "Signed out", ""},
	{"error", "A request that is stopped", "The address to return to is not registered: nobody is sent there."},
	{"session-expired", "A sign-in that took too long", ""},
	{"set-up", "Set up", "The one-time link that the server prints makes the first administrator."},
	{"set-up-link-used", "Set up, once too often", ""},
	{"journal", "Console: the journal", "Every act, live, with its seal and the checks."},
	{"journal-filtered", "Console: the journal, filtered", "The filter is text, and part of the address."},
	{"journal-empty", "Console: nothing found", ""},
	{"event", "Console: an event", "All that is known of it, and the envelope that was sealed."},
	{"checks", "Console: the checks", "What each probe found in the running system."},
	{"not-staff", "Console: no access", "Signed in, and without a role."},
}

func shown(name string) bool {
	for _, page := range pictured {
		if page.name == name {
			return true
		}
	}
	return false
}

// compose makes what is made of the pictures: the README's, and the page that
// shows them all.
func compose(t *testing.T, w *world) {
	if !*update {
		t.Skip("no pictures are wanted")
	}
	v := visit(t, w.browser)
	v.open(w.rp.URL, http.StatusOK)
	v.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.documentElement.innerHTML = `%s`; undefined",
		fmt.Sprintf(heroPage, embedded(t, "journal-1440-light"), embedded(t, "login-360-light")))),
		chromedp.Poll[chromedp.Void](`[...document.images].every(image => image.complete && image.naturalWidth > 0)`),
		chromedp.EmulateViewport(1440, 760), settle)
	keep(t, "hero", ask(v, chromedp.CaptureScreenshot()))
	if err := os.WriteFile(filepath.Join(gallery, "README.md"), []byte(galleryPage()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func embedded(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(gallery, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
}

// heroPage is the console on the desk and the sign-in on the phone before it.
const heroPage = `<head><style>
body { margin: 0; height: 760px; overflow: hidden; position: relative; background: #e2ddd6; }
img { position: absolute; }
.desk { left: 208px; top: 40px; width: 1184px; border: 1px solid #cdc7bd; border-radius: 10px; }
.phone { left: 48px; top: 184px; width: 264px; border: 7px solid #1e1b17; border-radius: 30px; }
</style></head><body><img class="desk" src="%s" alt=""><img class="phone" src="%s" alt=""></body>`

func galleryPage() string {
	var page strings.Builder
	page.WriteString("# Every page, on every screen\n\nTaken by the browser journey from the running program:\n" +
		"`go test -count=1 -tags browser ./test/browser/... -update`. Phone, tablet and desk are 360, 768 and 1440 pixels wide.\n")
	for _, p := range pictured {
		page.WriteString("\n## " + p.title + "\n\n")
		if p.says != "" {
			page.WriteString(p.says + "\n\n")
		}
		page.WriteString("| | Phone | Tablet | Desk |\n|---|---|---|---|\n")
		for _, scheme := range schemes {
			page.WriteString("| " + scheme + " |")
			for _, size := range sizes {
				fmt.Fprintf(&page, " ![%s, %s, %d wide](%s-%d-%s.png) |", p.title, scheme, size.width, p.name, size.width, scheme)
			}
			page.WriteString("\n")
		}
	}
	return page.String()
}

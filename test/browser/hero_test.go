//go:build browser

package browser

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// hero puts the console and the sign-in on one picture, for the README.
func hero(t *testing.T, w *world) {
	if !*update {
		t.Skip("no pictures are wanted")
	}
	picture := func(name string) string {
		data, err := os.ReadFile(filepath.Join(gallery, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
	}
	v := visit(t, w.browser)
	v.open(w.rp.URL, http.StatusOK)
	v.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.documentElement.innerHTML = `%s`; undefined",
		fmt.Sprintf(heroPage, picture("journal-1440-light"), picture("login-360-light")))),
		chromedp.Poll[chromedp.Void](`[...document.images].every(image => image.complete && image.naturalWidth > 0)`),
		chromedp.EmulateViewport(1280, 720), settle)
	keep(t, "hero", ask(v, chromedp.CaptureScreenshot()))
}

const heroPage = `<head><style>
body { margin: 0; height: 720px; overflow: hidden; position: relative; background: linear-gradient(180deg, #efeae3 0 520px, #e2ddd6 520px); }
img { position: absolute; border: 1px solid #cdc7bd; border-radius: 8px; }
.desk { left: 56px; top: 52px; width: 1040px; box-shadow: 0 24px 60px -24px rgb(30 27 23 / .35); }
.phone { right: 56px; top: 132px; width: 262px; border: 6px solid #1e1b17; border-radius: 28px; box-shadow: 0 30px 60px -18px rgb(30 27 23 / .5); }
</style></head><body><img class="desk" src="%s" alt=""><img class="phone" src="%s" alt=""></body>`

package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
)

// AssetPattern is the ServeMux pattern under which Assets is mounted.
const AssetPattern = "GET /assets/{name}"

//go:embed assets
var assetFiles embed.FS

// bundles says which files make each stylesheet: a page loads exactly one.
var bundles = map[string][]string{
	"signin.css":  {"tokens.css", "base.css", "components.css", "signin.css"},
	"console.css": {"tokens.css", "font.css", "base.css", "components.css", "console.css"},
}

// plain are the files served as they lie in assets/.
var plain = []string{"inter.woff2", "htmx.js", "signin.js", "formpost.js", "console.js", "mark.svg", "inter.LICENSE.txt", "htmx.LICENSE.txt"}

var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

type asset struct {
	url  string
	body []byte
}

var (
	assetsByName = map[string]asset{}
	assetsByURL  = map[string]asset{}
)

func init() {
	for _, name := range plain {
		addAsset(name, readAsset(name))
	}
	for name, parts := range bundles {
		var css bytes.Buffer
		for _, part := range parts {
			css.Write(readAsset(part))
		}
		addAsset(name, shrink(css.Bytes()))
	}
}

// Asset returns the URL of an asset by its plain name, with the hash of its content in it.
// It panics on an unknown name: names are written in templates, which are executed by tests.
func Asset(name string) string {
	a, ok := assetsByName[name]
	if !ok {
		panic(fmt.Sprintf("ui: no asset named %q", name))
	}
	return a.url
}

// Assets serves every asset under its hashed URL. The content behind a URL never changes, so browsers keep it for good.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assetsByURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", contentTypes[path.Ext(a.url)])
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
		header.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	})
}

func readAsset(name string) []byte {
	body, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic(fmt.Sprintf("ui: %v", err))
	}
	return body
}

func addAsset(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	a := asset{url: "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext, body: body}
	assetsByName[name], assetsByURL[a.url] = a, a
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s*([{};,])\s*|\s+`)
	cssURL     = regexp.MustCompile(`url\("([^":]+)"\)`)
)

// shrink takes comments and needless space out of our own stylesheets and points url() at hashed names.
// It is no general minifier: it relies on strings in our files holding no brace, semicolon, comma or run of spaces.
func shrink(css []byte) []byte {
	css = cssComment.ReplaceAll(css, nil)
	css = cssSpace.ReplaceAllFunc(css, func(space []byte) []byte {
		if mark := bytes.TrimSpace(space); len(mark) > 0 {
			return mark
		}
		return []byte(" ")
	})
	css = bytes.ReplaceAll(css, []byte(";}"), []byte("}"))
	return cssURL.ReplaceAllFunc(bytes.TrimSpace(css), func(ref []byte) []byte {
		name := string(cssURL.FindSubmatch(ref)[1])
		return []byte(`url("` + Asset(name) + `")`)
	})
}

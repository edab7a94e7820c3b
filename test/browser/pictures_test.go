//go:build browser

package browser

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "take the pictures of docs/screenshots anew")

const gallery = "../../docs/screenshots"

// sizes are a phone, a tablet and a desk.
var sizes = []struct{ width, height int64 }{{360, 740}, {768, 1024}, {1440, 900}}

var schemes = []string{"light", "dark"}

// look takes the pictures of the page where the visitor stands, and in any
// case expects it to fit the narrowest screen.
func (v *visitor) look(name string) {
	v.Helper()
	v.fits(name)
	v.accessible(name)
	if !shown(name) {
		v.Errorf("the gallery does not know %s", name)
	}
	if *update {
		v.dress()
		for _, scheme := range schemes {
			v.in(scheme)
			for _, size := range sizes {
				v.do(chromedp.EmulateViewport(size.width, size.height), settle)
				keep(v.T, fmt.Sprintf("%s-%d-%s", name, size.width, scheme), ask(v, chromedp.CaptureScreenshot()))
			}
		}
		v.in("light")
	}
	v.do(chromedp.EmulateViewport(1440, 900))
}

// fits expects no sideways scrolling at 320 pixels (WCAG 2.2, 1.4.10).
func (v *visitor) fits(name string) {
	v.Helper()
	v.do(chromedp.EmulateViewport(320, 640))
	if wide := ask(v, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide > 320 {
		v.Errorf("%s is %d pixels wide on a screen of 320", name, wide)
	}
}

// dress shows the page as on a machine whose own font is Inter. The sign-in
// takes the system's font, and a picture must not depend on who takes it.
func (v *visitor) dress() {
	v.Helper()
	font, err := os.ReadFile("../../ui/assets/inter.woff2")
	if err != nil {
		v.Fatal(err)
	}
	v.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(async () => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		document.fonts.add(await new FontFace('Inter', bytes.buffer, { weight: '100 900' }).load());
		document.documentElement.style.setProperty('--sans', 'Inter');
	})()`, base64.StdEncoding.EncodeToString(font)), chromedp.EvalAwaitPromise))
}

// in chooses the colour scheme.
func (v *visitor) in(scheme string) {
	v.Helper()
	v.do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// settle waits for the fonts and two frames, in which the page takes its new
// shape.
var settle = chromedp.Action[chromedp.Void](func(ctx context.Context, page *chromedp.Target) (chromedp.Void, error) {
	return chromedp.Evaluate[chromedp.Void](`document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done()))))`,
		chromedp.EvalAwaitPromise)(ctx, page)
})

// keep writes a picture with 256 colours, which is all that flat pages need.
func keep(t *testing.T, name string, shot []byte) {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduce(full)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(gallery, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(gallery, name+".png"), small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reduce paints with 256 colours: the most frequent one of each shade, so that
// the red of a single word is among them.
func reduce(full image.Image) *image.Paletted {
	bounds := full.Bounds()
	count, shade := map[color.RGBA]int{}, map[color.RGBA]color.RGBA{}
	each(bounds, func(x, y int) { count[at(full, x, y)]++ })
	for c, n := range count {
		coarse := color.RGBA{c.R >> 4, c.G >> 4, c.B >> 4, 0}
		if best, known := shade[coarse]; !known || n > count[best] || n == count[best] && rank(c) < rank(best) {
			shade[coarse] = c
		}
	}
	colors := slices.Collect(maps.Values(shade))
	slices.SortFunc(colors, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(rank(a), rank(b)))
	})
	var palette color.Palette
	for _, c := range colors[:min(len(colors), 256)] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	small := image.NewPaletted(bounds, palette)
	each(bounds, func(x, y int) {
		c := at(full, x, y)
		index, known := nearest[c]
		if !known {
			index = uint8(palette.Index(c))
			nearest[c] = index
		}
		small.SetColorIndex(x, y, index)
	})
	return small
}

func each(r image.Rectangle, do func(x, y int)) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			do(x, y)
		}
	}
}

func at(m image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
}

func rank(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// face paints a simple portrait: a head and shoulders on a coloured ground.
func (w *World) face(p *Person, size int) []byte {
	rng := w.random("face", p.index)
	ground, cloth := hue(rng.Float64(), 0.35, 0.85), hue(rng.Float64(), 0.55, 0.6)
	skin := hue(0.07, 0.25+0.35*rng.Float64(), 0.45+0.5*rng.Float64())
	hair := hue(0.08, 0.4, 0.15+0.5*rng.Float64())
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			u, v := (float64(x)+0.5)/float64(size), (float64(y)+0.5)/float64(size)
			c := ground
			switch {
			case inside(u, v, 0.5, 0.44, 0.17, 0.21):
				c = skin
			case inside(u, v, 0.5, 0.38, 0.21, 0.22) && v < 0.5:
				c = hair
			case inside(u, v, 0.5, 1.05, 0.38, 0.40):
				c = cloth
			}
			if inside(u, v, 0.5, 0.47, 0.16, 0.19) && v > 0.34 {
				c = skin
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return encode(img)
}

func inside(u, v, cx, cy, rx, ry float64) bool {
	return (u-cx)*(u-cx)/(rx*rx)+(v-cy)*(v-cy)/(ry*ry) < 1
}

// snapshot paints the picture that a seeded message shows: pipes with a drop
// where it leaks, in colours that its id decides.
func snapshot(seed uint64) []byte {
	const width, height = 640, 400
	at := float64(seed%1000) / 1000
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	wall, pipe, drop := hue(at, 0.15, 0.8), hue(at+0.5, 0.2, 0.5), hue(0.57, 0.7, 0.9)
	leak := 120 + float64(seed>>10%400)
	for y := range height {
		for x := range width {
			u, v := float64(x), float64(y)
			c := shade(wall, 1-0.3*v/height)
			if d := math.Abs(v - 150 - 20*math.Sin(u/90+at*6)); d < 42 {
				c = shade(pipe, 1.25-d/60)
			}
			if math.Abs(u-leak) < 24 && math.Abs(v-150) < 58 {
				c = shade(pipe, 0.6)
			}
			if inside(u, v, leak, 290, 16, 26) || math.Abs(u-leak) < 4 && v > 200 && v < 290 {
				c = drop
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return encode(img)
}

func encode(img image.Image) []byte {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	e.Encode(&b, img) // a buffer and an NRGBA image never fail
	return b.Bytes()
}

// hue is a colour by hue, saturation and value, each from 0 to 1.
func hue(h, s, v float64) color.NRGBA {
	f := func(n float64) uint8 {
		k := math.Mod(n+h*6, 6)
		return uint8(255 * (v - v*s*math.Max(0, math.Min(1, math.Min(k, 4-k)))))
	}
	return color.NRGBA{f(5), f(3), f(1), 255}
}

func shade(c color.NRGBA, by float64) color.NRGBA {
	f := func(x uint8) uint8 { return uint8(math.Min(255, float64(x)*by)) }
	return color.NRGBA{f(c.R), f(c.G), f(c.B), 255}
}

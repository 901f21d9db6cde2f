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

// The pictures of seeded messages, in pixels.
const pictureWidth, pictureHeight = 640, 400

// picture paints what a seeded message shows: for leaks a pipe, for thermostats
// a curve, else a sheet of paper. The seed decides colours and places.
func picture(topic int, seed uint64) []byte {
	paint := sheet
	switch topic {
	case topicGasket:
		paint = pipe
	case topicThermostat:
		paint = curve
	}
	img := image.NewNRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	for y := range pictureHeight {
		for x := range pictureWidth {
			img.SetNRGBA(x, y, paint(float64(x), float64(y), seed))
		}
	}
	return encode(img)
}

// pipe is a pipe with a drop where it leaks.
func pipe(u, v float64, seed uint64) color.NRGBA {
	at := float64(seed%1000) / 1000
	leak := 120 + float64(seed>>10%400)
	switch d := math.Abs(v - 150 - 20*math.Sin(u/90+at*6)); {
	case inside(u, v, leak, 290, 16, 26) || math.Abs(u-leak) < 4 && v > 200 && v < 290:
		return hue(0.57, 0.7, 0.9)
	case math.Abs(u-leak) < 24 && math.Abs(v-150) < 58:
		return shade(hue(at+0.5, 0.2, 0.5), 0.6)
	case d < 42:
		return shade(hue(at+0.5, 0.2, 0.5), 1.25-d/60)
	}
	return shade(hue(at, 0.15, 0.8), 1-0.3*v/pictureHeight)
}

// curve is a chart of a temperature over a night.
func curve(u, v float64, seed uint64) color.NRGBA {
	at := float64(seed%1000) / 1000
	line := 300 - u*0.25*at - 30*math.Sin(u/(60+50*at)+at*6) - 50
	switch {
	case u < 40 || v > 360:
		return color.NRGBA{245, 246, 250, 255}
	case math.Abs(v-line) < 3:
		return hue(at, 0.75, 0.75)
	case math.Mod(u, 100) < 1 || math.Mod(v, 60) < 1:
		return color.NRGBA{215, 218, 226, 255}
	case v > line:
		return hue(at, 0.08, 0.98)
	}
	return color.NRGBA{255, 255, 255, 255}
}

// sheet is a printed page with a stamp on a desk.
func sheet(u, v float64, seed uint64) color.NRGBA {
	at := float64(seed%1000) / 1000
	x, y := u+v*0.08*(at-0.5), v-u*0.08*(at-0.5)
	switch row := math.Floor(y / 24); {
	case x < 150 || x > 490 || y < 20:
		return shade(hue(0.08, 0.45, 0.55), 0.9+0.1*math.Sin(v/9+u/200))
	case inside(u, v, 420, 310, 44, 44) && !inside(u, v, 420, 310, 36, 36):
		return hue(at, 0.7, 0.75)
	case y > 60 && math.Mod(y, 24) < 7 && x > 180 && x < 300+150*math.Abs(math.Sin(row*(1+at)*3)):
		return color.NRGBA{90, 94, 105, 255}
	}
	return color.NRGBA{250, 249, 245, 255}
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

//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// look is how often the display is compared with what it showed before, and
// thereby the resolution of every "painted" figure: what is read is the memory
// X draws into, so nothing is asked and nothing waits. Four milliseconds keep
// the watching below a tenth of one core.
const look = 4 * time.Millisecond

// whole is the share of the pixels in question that must be final for a picture
// to count as painted. The rest is for what is not in the cache (the photos and
// the presence in a list) and for what moves on its own (a caret).
const whole = 0.9

// pixels is a picture, one byte a pixel: enough to tell pictures apart.
type pixels []byte

// display is the virtual display's memory.
type display struct {
	mapped []byte // the whole file
	image  []byte // its pixels, four bytes each
}

// openDisplay maps the file X draws into. Its header, in XWD's format, is of
// 32-bit big-endian numbers.
func openDisplay(file string) (*display, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the display's pixels: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the display's pixels: %w", err)
	}
	field := func(n int) int { return int(binary.BigEndian.Uint32(mapped[4*n:])) }
	const headerSize, height, bitsPerPixel, bytesPerLine, colours, colourSize = 0, 5, 11, 12, 19, 12
	start := field(headerSize) + field(colours)*colourSize
	end := start + field(height)*field(bytesPerLine)
	if field(bitsPerPixel) != 32 || end > len(mapped) {
		return nil, fmt.Errorf("the display's pixels are in a form not known here: %d bits", field(bitsPerPixel))
	}
	return &display{mapped, mapped[start:end]}, nil
}

func (d *display) close() error { return syscall.Munmap(d.mapped) }

// shot is what the display showed from a moment on.
type shot struct {
	after time.Duration // since the start of the watch
	image pixels
}

// watch runs do and keeps what the display shows from before it until the
// display has been quiet for a while, or for at most limit. The first shot is
// the picture before.
func (d *display) watch(ctx context.Context, quiet, limit time.Duration, do func() error) ([]shot, error) {
	last := bytes.Clone(d.image)
	shots := []shot{{0, reduce(last)}}
	start := time.Now()
	if err := do(); err != nil {
		return nil, err
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	changed := start
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		now := time.Now()
		if !bytes.Equal(last, d.image) {
			copy(last, d.image)
			shots = append(shots, shot{now.Sub(start), reduce(last)})
			changed = now
		}
		if len(shots) > 1 && now.Sub(changed) > quiet || now.Sub(start) > limit {
			return shots, nil
		}
	}
}

// reduce keeps the green of each pixel, which is most of its brightness.
func reduce(image []byte) pixels {
	p := make(pixels, len(image)/4)
	for i := range p {
		p[i] = image[4*i+1]
	}
	return p
}

// painted returns from when on the picture of the last shot was there to stay:
// of the pixels that differ from before and are not mere background, enough
// had their last value. ok is false where nothing changed.
func painted(shots []shot) (at time.Duration, ok bool) {
	before, final := shots[0].image, shots[len(shots)-1].image
	ink := inkOf(before, final)
	if len(ink) == 0 {
		return 0, false
	}
	for _, s := range slices.Backward(shots) {
		same := 0
		for _, i := range ink {
			if s.image[i] == final[i] {
				same++
			}
		}
		if float64(same) < whole*float64(len(ink)) {
			break
		}
		at = s.after
	}
	return at, true
}

// inkOf returns the pixels of final that changed and stand out from its ground.
func inkOf(before, final pixels) []int {
	var count [256]int
	for _, p := range final {
		count[p]++
	}
	ground := byte(0)
	for value, n := range count {
		if n > count[ground] {
			ground = byte(value)
		}
	}
	var ink []int
	for i, p := range final {
		if p != ground && p != before[i] {
			ink = append(ink, i)
		}
	}
	return ink
}

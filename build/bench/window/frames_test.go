//go:build linux

package main

import (
	"bytes"
	"testing"
	"time"
)

// The tests are in package main: a program can be tested from nowhere else.

const ground, ink, caret = 245, 30, 90

// picture is a hundred pixels of ground with n of ink at its start.
func picture(n int) pixels {
	p := pixels(bytes.Repeat([]byte{ground}, 100))
	copy(p, bytes.Repeat([]byte{ink}, n))
	return p
}

func TestPaintedIsWhenWhatMattersIsThere(t *testing.T) {
	t.Parallel()
	blinked := picture(40)
	copy(blinked[96:], bytes.Repeat([]byte{caret}, 4))
	black := make(pixels, 100)
	shots := func(images ...pixels) []shot {
		var list []shot
		for i, image := range images {
			list = append(list, shot{time.Duration(i) * time.Second, image})
		}
		return list
	}
	for name, c := range map[string]struct {
		shots []shot
		at    time.Duration
		ok    bool
	}{
		"nothing changed":                      {shots(black), 0, false},
		"the picture at once":                  {shots(picture(0), picture(40)), time.Second, true},
		"a blank window is not painted":        {shots(black, picture(0), picture(40)), 2 * time.Second, true},
		"half of the words is not painted":     {shots(black, picture(20), picture(40)), 2 * time.Second, true},
		"a caret that blinks later is ignored": {shots(picture(0), picture(40), blinked), time.Second, true},
		"a picture that goes again is no end":  {shots(picture(0), picture(40), picture(0), picture(40)), 3 * time.Second, true},
	} {
		if at, ok := painted(c.shots); at != c.at || ok != c.ok {
			t.Errorf("%s: got %v, %v; want %v, %v", name, at, ok, c.at, c.ok)
		}
	}
}

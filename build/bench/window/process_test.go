//go:build linux

package main

import (
	"os"
	"testing"
)

func TestAFigureThatProcDoesNotTellIsAnError(t *testing.T) {
	t.Parallel()
	text := "Rss:      120 kB\nPss:       80 kB\nPss_Anon:  30 kB\n"
	if n, err := number(text, "Pss:"); err != nil || n != 80 {
		t.Errorf("Pss is %d, %v, want 80", n, err)
	}
	for _, text := range []string{"", "Rss: 120 kB\n", "Pss:\n"} {
		if n, err := number(text, "Pss:"); err == nil {
			t.Errorf("of %q Pss is %d", text, n)
		}
	}
}

func TestAProgramWithoutAWebviewIsNotMeasured(t *testing.T) {
	t.Parallel()
	if u, err := usageOf(os.Getpid()); err == nil {
		t.Errorf("this test uses %v as a window", u)
	}
}

package benchhost

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"
)

// Resident is the memory in MB that this process holds resident.
func Resident() float64 { return status("VmRSS") }

// Anonymous is the part of it in MB that is not of files.
func Anonymous() float64 { return status("RssAnon") }

// status is a line of /proc/self/status, in MB.
func status(name string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return math.NaN()
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return math.NaN()
	}
	return kb / 1024
}

func drop(f *os.File) error {
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("drop %s from the system's cache: %w", f.Name(), err)
	}
	return nil
}

//go:build linux || darwin

package benchhost

import (
	"math"

	"golang.org/x/sys/unix"
)

// ThreadCPU is the CPU time in ms that the calling thread has used. The caller
// locks itself to its thread.
func ThreadCPU() float64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return math.NaN()
	}
	return float64(ts.Nano()) / 1e6
}

//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// threadCPU is what the thread has used in ns.
func threadCPU() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return unknown
	}
	return ts.Nano()
}

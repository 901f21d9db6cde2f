//go:build !linux && !darwin

package benchhost

import "math"

// ThreadCPU is no number: what the system tells is too coarse for a query.
func ThreadCPU() float64 { return math.NaN() }

//go:build !linux

package benchhost

import (
	"errors"
	"math"
	"os"
)

// Resident is no number here.
func Resident() float64 { return math.NaN() }

// Anonymous is no number here.
func Anonymous() float64 { return math.NaN() }

func drop(*os.File) error { return errors.ErrUnsupported }

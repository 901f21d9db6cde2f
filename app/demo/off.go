//go:build !demo

package demo

// On reports whether this build has a demo.
const On = false

// New returns nil: this build has no demo.
func New() Demo { return nil }

//go:build unix

package benchhost

import "syscall"

// allocated is how many bytes of the disk a file takes.
func allocated(path string) (float64, bool) {
	const block = 512 // of st_blocks, whatever the file system's own
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return 0, false
	}
	return float64(st.Blocks) * block, true
}

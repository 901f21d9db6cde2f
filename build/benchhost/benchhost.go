// Package benchhost asks the operating system what a benchmark cannot count
// itself: the CPU time of a thread, the memory of the process, the space on disk.
//
// It promises that a figure which cannot be had is no number (NaN), never zero,
// so that package benchtable shows it as not measured.
package benchhost

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// OnDisk is the space in MB that the files of a folder take, which for Badger's
// sparse files is less than their size. A folder without files has none.
func OnDisk(dir string) float64 {
	total, files := 0.0, 0
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error { // what vanishes meanwhile does not count
		if err != nil || e.IsDir() {
			return nil
		}
		if size, ok := allocated(path); ok {
			total += size
			files++
		}
		return nil
	})
	if files == 0 {
		return math.NaN()
	}
	return total / 1e6
}

// Forget drops a folder's files from the system's cache, so that they are read
// from the disk. It fails with errors.ErrUnsupported where that cannot be asked
// for.
func Forget(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(drop(f), f.Close())
	})
}

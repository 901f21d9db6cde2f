package store_test

import (
	"os"
	"path/filepath"
	"testing"
)

// crash copies a store as it lies on the disk, as a process that is killed
// leaves it.
func crash(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

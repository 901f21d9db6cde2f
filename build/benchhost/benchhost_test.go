package benchhost_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"chatpane/build/benchhost"
)

func TestAFolderWithoutFilesTakesNoNumberOfBytes(t *testing.T) {
	t.Parallel()
	if got := benchhost.OnDisk(filepath.Join(t.TempDir(), "absent")); !math.IsNaN(got) {
		t.Errorf("a folder that is not there takes %v MB, want no number", got)
	}
	if got := benchhost.OnDisk(t.TempDir()); !math.IsNaN(got) {
		t.Errorf("an empty folder takes %v MB, want no number", got)
	}
}

func TestTheSystemTellsWhatItCan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := benchhost.Forget(dir); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("forget a folder: %v", err)
	}
	if runtime.GOOS != "linux" {
		return // figures that are no numbers are allowed there
	}
	if got := benchhost.OnDisk(dir); got < 2 || got > 5 {
		t.Errorf("3 MB take %v MB", got)
	}
	if all, part := benchhost.Resident(), benchhost.Anonymous(); part <= 0 || all <= part {
		t.Errorf("resident %v MB, of it anonymous %v MB", all, part)
	}
	if got := benchhost.ThreadCPU(); got <= 0 {
		t.Errorf("the thread has used %v ms", got)
	}
}

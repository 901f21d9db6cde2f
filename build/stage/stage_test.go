//go:build linux

package stage_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"chatpane/build/stage"
)

func TestStageIsADesktopOfItsOwn(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("a stage is a Linux desktop")
	}
	for _, tool := range []string{"Xvfb", "dbus-daemon", "gnome-keyring-daemon", "secret-tool", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	s, err := stage.Start(t.Context(), stage.Options{Width: 320, Height: 240})
	if err != nil {
		t.Fatal(err)
	}
	dir := s.Dir()

	size, err := s.Command(t.Context(), "xdotool", "getdisplaygeometry").Output()
	if got := strings.TrimSpace(string(size)); err != nil || got != "320 240" {
		t.Errorf("the display is %q (%v), want 320 240", got, err)
	}
	store := s.Command(t.Context(), "secret-tool", "store", "--label=test", "for", "stage")
	store.Stdin = strings.NewReader("hush")
	if err := store.Run(); err != nil {
		t.Errorf("store a secret in the keyring: %v", err)
	}
	secret, err := s.Command(t.Context(), "secret-tool", "lookup", "for", "stage").Output()
	if string(secret) != "hush" {
		t.Errorf("the keyring gives %q (%v) back, want what was stored", secret, err)
	}
	for _, e := range s.Env() {
		if key, value, _ := strings.Cut(e, "="); key == "HOME" && !strings.HasPrefix(value, dir) {
			t.Errorf("HOME is %s, want a folder of the stage", value)
		}
	}

	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder of the stage is still there (%v)", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

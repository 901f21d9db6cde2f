//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Browser makes Chromium the system's browser of this stage: what a program
// opens with xdg-open appears at the given place of the display.
func (s *Stage) Browser(x, y, width, height int) error {
	flags := []string{
		// Chromium refuses its sandbox to root, who runs a stage in containers.
		"--no-sandbox", "--test-type",
		"--user-data-dir=" + filepath.Join(s.dir, "chromium"),
		"--force-renderer-accessibility", "--password-store=basic",
		"--no-first-run", "--no-default-browser-check", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-default-apps",
		"--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		fmt.Sprintf("--window-position=%d,%d", x, y), fmt.Sprintf("--window-size=%d,%d", width, height),
	}
	return s.BrowseWith("chromium " + strings.Join(flags, " "))
}

// BrowseWith makes command the system's browser of this stage: the shell runs
// it with the address as one more argument.
func (s *Stage) BrowseWith(command string) error {
	wrapper := filepath.Join(s.dir, "browser")
	script := "#!/bin/sh\nexec " + command + ` "$@"` + "\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		return fmt.Errorf("write the browser's wrapper: %w", err)
	}
	// xdg-open asks for the default application first, then for $BROWSER.
	for name, text := range map[string]string{
		"data/applications/browser.desktop": "[Desktop Entry]\nType=Application\nName=Browser\nExec=" + wrapper + " %U\n" +
			"MimeType=" + strings.Join(browserTypes, ";") + ";\n",
		"config/mimeapps.list": "[Default Applications]\n" + strings.Join(browserTypes, "=browser.desktop\n") + "=browser.desktop\n",
	} {
		file := filepath.Join(s.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return fmt.Errorf("make the wrapper the default browser: %w", err)
		}
	}
	s.Set("BROWSER=" + wrapper)
	return nil
}

var browserTypes = []string{"text/html", "x-scheme-handler/http", "x-scheme-handler/https"}

// Open opens url in the stage's browser the way programs do.
func (s *Stage) Open(ctx context.Context, url string) error {
	return s.Launch(s.Command(context.WithoutCancel(ctx), "xdg-open", url))
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// bindings writes frontend/wailsjs anew from what app/bridge offers.
func (p *program) bindings(ctx context.Context) error {
	if err := p.setup(ctx); err != nil {
		return err
	}
	err := p.step("write frontend/wailsjs", func() error { return p.generate(ctx, p.root) })
	if err == nil {
		p.next("git diff frontend/wailsjs")
	}
	return err
}

// bindingsUnchanged generates the bindings elsewhere and compares, so that a
// test never touches the sources.
func (p *program) bindingsUnchanged(ctx context.Context) error {
	scratch, err := os.MkdirTemp("", "chatpane-bindings-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := p.generate(ctx, scratch); err != nil {
		return err
	}
	const generated = "frontend/wailsjs"
	differing, err := differ(filepath.Join(scratch, generated), p.path(generated))
	if err != nil {
		return err
	}
	if len(differing) > 0 {
		return fmt.Errorf("%s is not what app/bridge offers now: %s\nRun: go run ./build bindings",
			generated, strings.Join(differing, ", "))
	}
	return nil
}

// generate lets Wails write its TypeScript below dir/frontend/wailsjs. Wails
// does that when an app built with the tag "bindings" is run beside wails.json.
func (p *program) generate(ctx context.Context, dir string) error {
	if err := p.ensureDist(); err != nil {
		return err
	}
	config, err := os.ReadFile(p.path("wails.json"))
	if err != nil {
		return err
	}
	if dir != p.root {
		if err := writeFile(filepath.Join(dir, "wails.json"), config); err != nil {
			return err
		}
	}
	generator := p.bin("tools", exe("bindings"))
	if _, err := p.quiet(ctx, tool("go", "build", "-tags", tags("bindings"), "-o", generator, ".")); err != nil {
		return err
	}
	// The app starts as far as its window, so it gets a home of its own.
	home, err := os.MkdirTemp("", "chatpane-home-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	cmd := p.cmd(ctx, tool(generator).with("tsoutputtype=interfaces", "HOME="+home,
		"XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home, "LocalAppData="+home, "AppData="+home))
	cmd.Dir = dir
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("generate bindings: %w\n%s", err, printed)
	}
	return nil
}

// ensureDist gives go:embed something to embed where the frontend is not built
// yet: it imports the very files that are to be generated.
func (p *program) ensureDist() error {
	entries, err := os.ReadDir(p.path("frontend", "dist"))
	if err == nil && len(entries) > 0 {
		return nil
	}
	return writeFile(p.path("frontend", "dist", "empty"), nil)
}

// differ names the files that two folders do not share with the same content.
func differ(a, b string) ([]string, error) {
	names := map[string]bool{}
	for _, dir := range []string{a, b} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(dir, path)
			names[name] = true
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	var differing []string
	for name := range names {
		left, errLeft := os.ReadFile(filepath.Join(a, name))
		right, errRight := os.ReadFile(filepath.Join(b, name))
		if errLeft != nil || errRight != nil || !bytes.Equal(left, right) {
			differing = append(differing, filepath.ToSlash(name))
		}
	}
	sort.Strings(differing)
	return differing, nil
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// flavour is one way to build the app.
type flavour struct {
	name   string // file name without the system's ending
	system string // GOOS
	demo   bool   // with the sandbox
}

func demoFlavour() flavour { return flavour{"chatpane-demo", runtime.GOOS, true} }

func distribution(system string) flavour { return flavour{"chatpane", system, false} }

// tags joins build tags; webkit2_41 picks the WebKitGTK that Debian 12 has.
func tags(list ...string) string {
	if runtime.GOOS == "linux" {
		list = append(list, "webkit2_41")
	}
	return strings.Join(list, ",")
}

func exe(name string) string { return exeFor(runtime.GOOS, name) }

func exeFor(system, name string) string {
	if system == "windows" {
		return name + ".exe"
	}
	return name
}

// buildApp builds frontend and app and returns the path of the program.
func (p *program) buildApp(ctx context.Context, f flavour) (string, error) {
	if err := p.buildFrontend(ctx); err != nil {
		return "", err
	}
	out := p.bin(exeFor(f.system, f.name))
	// The tags desktop and production are what Wails asks of a real build.
	with := []string{"desktop", "production"}
	if f.demo {
		with = append(with, "demo")
	}
	args := []string{"go", "build"}
	if !f.demo {
		args = append(args, "-trimpath") // paths of this machine are nobody's business
	}
	flags := "-s -w"
	if f.system == "windows" {
		flags += " -H windowsgui"
	}
	err := p.step("build "+filepath.Base(out), func() error {
		args = append(args, "-tags", tags(with...), "-ldflags", flags, "-o", out, ".")
		_, err := p.quiet(ctx, tool(args...).with("GOOS="+f.system))
		return err
	})
	return out, err
}

// buildTool builds a Go program of ours that helps building and testing.
func (p *program) buildTool(ctx context.Context, pkg string) (string, error) {
	out := p.bin("tools", exe(filepath.Base(pkg)))
	_, err := p.quiet(ctx, tool("go", "build", "-o", out, pkg))
	return out, err
}

// buildFrontend makes frontend/dist, unless nothing it is made from changed.
func (p *program) buildFrontend(ctx context.Context) error {
	sum, err := sumTree(p.path("frontend"), "node_modules", "dist")
	if err != nil {
		return fmt.Errorf("read the frontend's sources: %w", err)
	}
	stamp := p.bin("stamps", "frontend")
	_, distErr := os.Stat(p.path("frontend", "dist", "index.html"))
	if last, err := os.ReadFile(stamp); err == nil && distErr == nil && bytes.Equal(last, sum) {
		return nil
	}
	return p.step("build frontend", func() error {
		if _, err := p.quiet(ctx, tool("npm", "run", "build").in("frontend")); err != nil {
			return err
		}
		return writeFile(stamp, sum)
	})
}

// sumTree hashes names and contents of all files below dir, but for the
// folders skipped.
func sumTree(dir string, skip ...string) ([]byte, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		for _, s := range skip {
			if name == s {
				return filepath.SkipDir
			}
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // an editor's temporary file
		}
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(name), len(data))
		h.Write(data)
		return err
	})
	return fmt.Appendf(nil, "%x", h.Sum(nil)), err
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// seedsVariable tells a seeded test how many seeds to try. A test that reads it
// is found by that: there is no list to keep.
const seedsVariable = "CHATPANE_SEEDS"

// soak runs the seeded tests of one package with so many seeds that it takes
// hours.
func (p *program) soak(ctx context.Context, args []string) error {
	seeded, err := p.seeded()
	if err != nil {
		return err
	}
	if len(args) != 1 || !slices.Contains(seeded, args[0]) {
		return usage("go run ./build soak NAME, where NAME is one of: " + strings.Join(seeded, ", "))
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	return p.gates(ctx, "", []gate{p.goTest("soak "+args[0], []string{seedsVariable + "=200000"},
		"-timeout", "24h", "-tags", tags("demo"), "./app/"+args[0])})
}

// seededTests is the gate that tries 2000 seeds in every package that has any.
func (p *program) seededTests() gate {
	const name = "seeded tests, 2000 seeds"
	seeded, err := p.seeded()
	if err == nil && len(seeded) == 0 {
		err = errors.New("no test reads " + seedsVariable)
	}
	if err != nil {
		return once(name, func(context.Context) error { return err })
	}
	args := []string{"-timeout", "30m", "-tags", tags("demo")}
	for _, pkg := range seeded {
		args = append(args, "./app/"+pkg)
	}
	return p.goTest(name, []string{seedsVariable + "=2000"}, args...)
}

// seeded returns the folders below app whose tests read the number of seeds.
func (p *program) seeded() ([]string, error) {
	var found []string
	app := p.path("app")
	err := filepath.WalkDir(app, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(data, []byte(`"`+seedsVariable+`"`)) {
			return err
		}
		dir, err := filepath.Rel(app, filepath.Dir(path))
		if dir = filepath.ToSlash(dir); !slices.Contains(found, dir) {
			found = append(found, dir)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for seeded tests: %w", err)
	}
	return found, nil
}

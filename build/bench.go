package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// bench measures one group of figures or all of them. A missed target is
// printed, never a failure: machines differ. Each folder of build/bench is the
// program of one group; it prints through package benchtable, is told with
// -out where to put NAME.json and with -app where the demo app lies.
func (p *program) bench(ctx context.Context, args []string) error {
	names, err := p.benches()
	if err != nil {
		return err
	}
	if len(args) > 0 && !slices.Contains(names, args[0]) {
		return usage(fmt.Sprintf("go run ./build bench [NAME [FLAGS]], where NAME is one of: %s", strings.Join(names, ", ")))
	}
	var flags []string
	if len(args) > 0 {
		names, flags = args[:1], args[1:]
	}
	if err := p.setup(ctx); err != nil {
		return err
	}
	app, err := p.buildApp(ctx, demoFlavour())
	if err != nil {
		return err
	}
	for _, name := range names {
		program, err := p.buildTool(ctx, "./build/bench/"+name)
		if err != nil {
			return err
		}
		if err := p.loud(ctx, tool(append([]string{program, "-app", app, "-out", p.bin("bench")}, flags...)...)); err != nil {
			return err
		}
	}
	p.say("\nThe figures are in %s", p.bin("bench"))
	p.next("go run ./build test")
	return nil
}

// benches returns the names of the folders of build/bench.
func (p *program) benches() ([]string, error) {
	entries, err := os.ReadDir(p.path("build", "bench"))
	if err != nil {
		return nil, fmt.Errorf("look for benchmarks: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

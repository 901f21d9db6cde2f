package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// staticcheck is pinned, so that a new check never breaks an old commit.
const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"

// test runs everything that must hold before a commit.
func (p *program) test(ctx context.Context) error {
	if err := p.setup(ctx); err != nil {
		return p.gates(ctx, "", []gate{once("setup", func(context.Context) error { return err })})
	}
	scripts, err := p.scripts()
	if err != nil {
		return err
	}
	// Everything else embeds or uses it; a failure is counted, not the end.
	frontend := once("build frontend", p.buildFrontendOrEmpty)
	built := frontend.run(ctx)
	frontend.run = func(context.Context) outcome { return built }
	// The Go tests take the longest, so what waits for npm runs beside them.
	goLane := []gate{
		frontend,
		once("gofmt", p.gofmt),
		p.toolGate("go vet", tool("go", "vet", "-tags", tags(), "./...")),
		p.toolGate("go vet, demo", tool("go", "vet", "-tags", tags("demo"), "./...")),
		p.goTest("go test -race", nil, "-race", "-timeout", "10m", "-tags", tags("demo"), "./..."),
		p.seededTests(300, 1, "-run", simulations),
		once("bindings unchanged", p.bindingsUnchanged),
	}
	webLane := []gate{
		p.toolGate("tsc", tool("npm", "run", "-s", "typecheck").in("frontend")),
		p.toolGate("biome", tool("npm", "run", "-s", "lint").in("frontend")),
		{"vitest", p.vitest},
		once("staticcheck", p.staticcheck),
	}
	if scripts["journeys"] != "" {
		webLane = append(webLane, gate{"browser journeys", p.journeys})
	}
	return p.gates(ctx, "go run ./build test long", goLane, webLane)
}

// buildFrontendOrEmpty leaves something to embed even where the frontend does
// not build, so that the Go gates can still speak.
func (p *program) buildFrontendOrEmpty(ctx context.Context) error {
	return errors.Join(p.buildFrontend(ctx), p.ensureDist())
}

// prepare makes ready what the gates share.
func (p *program) prepare(ctx context.Context) error {
	if err := p.setup(ctx); err != nil {
		return err
	}
	return p.buildFrontend(ctx)
}

// gofmt names the Go files that are not formatted.
func (p *program) gofmt(ctx context.Context) error {
	printed, err := p.quiet(ctx, tool("gofmt", "-l", "main.go", "app", "build"))
	if err != nil {
		return err
	}
	if printed != "" {
		return fmt.Errorf("not formatted, run gofmt -w on:\n%s", printed)
	}
	return nil
}

func (p *program) staticcheck(ctx context.Context) error {
	dir := p.bin("tools", path.Base(staticcheck)) // a folder per version
	program := filepath.Join(dir, exe("staticcheck"))
	if _, err := os.Stat(program); err != nil {
		if _, err := p.quiet(ctx, tool("go", "install", staticcheck).with("GOBIN="+dir)); err != nil {
			return err
		}
	}
	_, demoErr := p.quiet(ctx, tool(program, "-tags", tags("demo"), "./..."))
	_, err := p.quiet(ctx, tool(program, "-tags", tags(), ".", "./app/demo"))
	return errors.Join(demoErr, err)
}

// scripts returns the scripts of frontend/package.json by name.
func (p *program) scripts() (map[string]string, error) {
	data, err := os.ReadFile(p.path("frontend", "package.json"))
	if err != nil {
		return nil, err
	}
	var pkg struct {
		Scripts map[string]string `json:"scripts"`
	}
	err = json.Unmarshal(data, &pkg)
	return pkg.Scripts, err
}

// vitest runs the frontend's tests and counts them.
func (p *program) vitest(ctx context.Context) outcome {
	report := p.bin("vitest.json")
	_ = os.Remove(report) // an old one must not speak for this run
	printed, err := p.quiet(ctx, tool("npm", "test", "-s", "--", "--run",
		"--reporter=default", "--reporter=json", "--outputFile.json="+report).in("frontend").with("NO_COLOR=1"))
	var counts struct {
		NumPassedTests, NumFailedTests, NumPendingTests, NumTodoTests int
	}
	data, readErr := os.ReadFile(report)
	if readErr == nil {
		readErr = json.Unmarshal(data, &counts)
	}
	got := outcome{tally: tally{counts.NumPassedTests, counts.NumFailedTests, counts.NumPendingTests + counts.NumTodoTests}, output: printed}
	if got.failed == 0 && (err != nil || readErr != nil || got.passed == 0) {
		got.failed = 1 // a file that does not load fails without a failing test
		got.output = errors.Join(err, readErr).Error()
	}
	return got
}

// journeys runs the pane in a real browser against the real core.
func (p *program) journeys(ctx context.Context) outcome {
	return p.counted(ctx, tool("npm", "run", "-s", "journeys").in("frontend"))
}

// counted runs a program of ours that ends with its own closing line.
func (p *program) counted(ctx context.Context, c command) outcome {
	printed, err := p.quiet(ctx, c)
	got, ok := closingLine(printed)
	switch {
	case !ok && err == nil:
		got.passed = 1
	case got.failed == 0 && err != nil:
		got.failed = 1
	}
	if err != nil && !strings.Contains(printed, err.Error()) {
		printed = err.Error()
	}
	return outcome{tally: got, output: printed}
}

// testLong runs what is slow: the real window, many seeds, the package.
func (p *program) testLong(ctx context.Context) error {
	if err := p.prepare(ctx); err != nil {
		return p.gates(ctx, "", []gate{once("setup", func(context.Context) error { return err })})
	}
	// One lane: the real window must not be slowed by what runs beside it.
	return p.gates(ctx, "go run ./build package", []gate{
		{"tour in the real window", p.tourGate},
		{"conformance", p.conformanceGate},
		p.seededTests(2000, 20),
		once("package", func(ctx context.Context) error {
			_, err := p.verifiedPackage(ctx, runtime.GOOS)
			return err
		}),
	})
}

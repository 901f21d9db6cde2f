// Package main is Chatpane's build program: go run ./build help.
//
// It promises to start on a bare Go install (standard library only), to fetch
// what is missing or to name it with what to do, and to tell the next useful
// command at the end. Programs that need more live in folders below this one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

const helpText = `Chatpane's build program. Run it from the top of the repository:

  go run ./build demo           the app on a sandbox company (no Microsoft account needed);
                                without a display: the tour, with a screenshot per step
  go run ./build test           everything that must hold before a commit
  go run ./build test long      the slow rest: the real window, many seeds, the package
  go run ./build bench [NAME]   measure against the targets; flags behind NAME are its own
  go run ./build package        the app for distribution (package windows: for Windows)
  go run ./build bindings       write frontend/wailsjs anew after a change in app/bridge
  go run ./build conformance [NAME]
                                Microsoft's and others' clients against the sandbox
  go run ./build soak NAME [N [FIRST]]
                                one seeded test 10,000 times, or crash: 100 kills
  go run ./build help           this text

What they make lies in build/bin.
`

// usage is a mistake in how the program was called.
type usage string

func (u usage) Error() string { return string(u) }

// sentence is an error for people: what is wrong and what to do.
type sentence string

func (s sentence) Error() string { return string(s) }

func advice(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	root, err := findRoot()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	p := &program{root: root, out: os.Stdout}
	if len(args) == 0 {
		args = []string{"help"}
	}
	err = p.dispatch(ctx, args[0], args[1:])
	var wrong usage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errCounted):
		return 1 // the closing line has said it
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, wrong)
		return 2
	default:
		fmt.Fprintln(os.Stderr, "\n"+err.Error())
		return 1
	}
}

func (p *program) dispatch(ctx context.Context, command string, args []string) error {
	switch command {
	case "demo":
		return p.demo(ctx, args)
	case "test":
		switch strings.Join(args, " ") {
		case "":
			return p.test(ctx)
		case "long":
			return p.testLong(ctx)
		}
		return usage("go run ./build test [long]")
	case "bench":
		return p.bench(ctx, args)
	case "package":
		return p.pack(ctx, args)
	case "bindings":
		return p.bindings(ctx)
	case "conformance":
		return p.conformance(ctx, args)
	case "soak":
		return p.soak(ctx, args)
	case "help", "-h", "--help":
		fmt.Fprint(p.out, helpText)
		return nil
	}
	return usage(fmt.Sprintf("There is no %q. What there is:\n\n%s", command, helpText))
}

// findRoot returns the top of the repository: the folder of go.mod at or above
// the working directory.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "wails.json")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("run this inside the Chatpane repository")
		}
		dir = up
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// program is one run of the build program.
type program struct {
	root string // top of the repository

	mu  sync.Mutex
	out io.Writer // one whole line at a time, for lanes write together
}

func (p *program) path(parts ...string) string {
	return filepath.Join(append([]string{p.root}, parts...)...)
}

// bin returns a path below build/bin, where everything made is put.
func (p *program) bin(parts ...string) string {
	return p.path(append([]string{"build", "bin"}, parts...)...)
}

func (p *program) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// next prints the command that is useful after this one.
func (p *program) next(command string) { p.say("\nNext: %s", command) }

// step runs one named piece of work and prints one line for it. Where it fails,
// the error carries what the tool printed.
func (p *program) step(name string, do func() error) error {
	start := time.Now()
	err := do()
	mark := "✓"
	if err != nil {
		mark = "✗"
	}
	p.say("%s %-46s %6.1fs", mark, name, time.Since(start).Seconds())
	return err
}

// command is a tool to run and where.
type command struct {
	dir  string   // relative to the top; "" is the top
	env  []string // added to ours
	args []string // the tool and its arguments
}

func tool(args ...string) command { return command{args: args} }

// in returns c run in another folder of the repository.
func (c command) in(dir string) command { c.dir = dir; return c }

// with returns c with more environment, as KEY=value.
func (c command) with(env ...string) command {
	c.env = append(append([]string{}, c.env...), env...)
	return c
}

func (p *program) cmd(ctx context.Context, c command) *exec.Cmd {
	name := c.args[0]
	if runtime.GOOS == "windows" && (name == "npm" || name == "npx") {
		name += ".cmd"
	}
	cmd := exec.CommandContext(ctx, name, c.args[1:]...)
	cmd.Dir = p.path(c.dir)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes open
	return cmd
}

// quiet runs c and returns everything it printed; an error carries it too.
func (p *program) quiet(ctx context.Context, c command) (string, error) {
	var both bytes.Buffer
	cmd := p.cmd(ctx, c)
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); err != nil {
		return both.String(), fmt.Errorf("%s: %w\n%s", strings.Join(c.args, " "), err, strings.TrimRight(both.String(), "\n"))
	}
	return both.String(), nil
}

// loud runs c with our own input and output.
func (p *program) loud(ctx context.Context, c command) error {
	cmd := p.cmd(ctx, c)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(c.args, " "), err)
	}
	return nil
}

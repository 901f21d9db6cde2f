package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// conformance lets clients that others wrote judge the sandbox. Each folder of
// build/conformance is one program with packages of its own; it prints a line
// "PASS name" or "FAIL name: why" per check. It finds the sandbox through
//
//	CONFORMANCE_SANDBOX  a file with the line of JSON that app/sandbox/serve prints
//	CONFORMANCE_CONTROL  the address of the knobs (POST {…}/knobs, GET {…}/state)
//	CONFORMANCE_SECRET   the bearer token they want
//	NODE_EXTRA_CA_CERTS  the authority of its TLS ports
//
// A folder with a package.json runs as node main.mjs; one with a go.mod takes
// long to compile and runs only when it is named.
func (p *program) conformance(ctx context.Context, args []string) error {
	all, err := p.conformancePrograms()
	if err != nil {
		return err
	}
	if len(args) > 1 || len(args) == 1 && !slices.Contains(all, args[0]) {
		return usage("go run ./build conformance [NAME], where NAME is one of: " + strings.Join(all, ", "))
	}
	names := args
	if len(args) == 0 {
		names = slices.DeleteFunc(all, func(name string) bool { return !p.inNode(name) })
	}
	if err := p.checkTools(ctx); err != nil {
		return err
	}
	var total tally
	for _, name := range names {
		p.say("──── %s", name)
		got := p.conform(ctx, name, func(line string) { p.say("%s", line) })
		if got.failed > 0 && got.output != "" {
			p.say("%s", got.output)
		}
		total = total.plus(got.tally)
	}
	p.say("\n%s", total)
	if total.failed > 0 {
		return errCounted
	}
	return nil
}

// conformanceGate runs the programs that need no compiler.
func (p *program) conformanceGate(ctx context.Context) (all outcome) {
	names, err := p.conformancePrograms()
	if err != nil {
		return outcome{tally: tally{failed: 1}, output: err.Error()}
	}
	for _, name := range names {
		if !p.inNode(name) {
			continue
		}
		got := p.conform(ctx, name, func(line string) {
			if strings.HasPrefix(line, "FAIL") {
				all.output += name + ": " + line + "\n"
			}
		})
		all.tally = all.tally.plus(got.tally)
		all.output += got.output
	}
	return all
}

// conformancePrograms returns the folders of build/conformance that hold one.
func (p *program) conformancePrograms() ([]string, error) {
	entries, err := os.ReadDir(p.path("build", "conformance"))
	if err != nil {
		return nil, fmt.Errorf("look for conformance programs: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(p.path("build", "conformance", e.Name(), "go.mod")); p.inNode(e.Name()) || err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// inNode reports whether a conformance program runs in Node.
func (p *program) inNode(name string) bool {
	_, err := os.Stat(p.path("build", "conformance", name, "package.json"))
	return err == nil
}

// conform runs one program against a sandbox of its own and counts its checks.
// say is told every verdict as it comes.
func (p *program) conform(ctx context.Context, name string, say func(line string)) outcome {
	broken := func(err error) outcome {
		return outcome{tally: tally{failed: 1}, output: name + ": " + err.Error()}
	}
	folder := filepath.Join("build", "conformance", name)
	run := tool("nice", "-n", "19", "go", "run", ".").in(folder).with("GOFLAGS=-p=1", "GOWORK=off")
	if p.inNode(name) {
		if err := p.packagesOf(ctx, folder); err != nil {
			return broken(err)
		}
		run = tool("node", "main.mjs").in(folder)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
	}
	env, stop, err := p.startSandbox(ctx, name)
	if err != nil {
		return broken(err)
	}
	defer stop()
	return p.verdicts(ctx, name, run.with(append(run.env, env...)...), say)
}

// verdicts runs a program and counts the checks it prints.
func (p *program) verdicts(ctx context.Context, name string, run command, say func(line string)) outcome {
	var got outcome
	var rest []string
	cmd := p.cmd(ctx, run)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return outcome{tally: tally{failed: 1}, output: err.Error()}
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return outcome{tally: tally{failed: 1}, output: name + ": " + err.Error()}
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "PASS "):
			got.passed++
			say(line)
		case strings.HasPrefix(line, "FAIL "):
			got.failed++
			say(line)
		default:
			rest = append(rest, line)
		}
	}
	err = errors.Join(lines.Err(), cmd.Wait())
	switch {
	case err != nil && got.failed == 0:
		got.failed = 1
	case err == nil && got.passed+got.failed == 0:
		got.failed, err = 1, errors.New("it checked nothing")
	}
	if got.failed > 0 {
		got.output = strings.Join(rest, "\n")
		if err != nil {
			got.output += fmt.Sprintf("\n%s: %v", name, err)
		}
	}
	return got
}

// packagesOf installs the packages of a program when they are missing or older
// than its lock file.
func (p *program) packagesOf(ctx context.Context, folder string) error {
	lock, err := os.Stat(p.path(folder, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("look for the packages of %s: %w", folder, err)
	}
	have, err := os.Stat(p.path(folder, "node_modules", ".package-lock.json"))
	const slack = 30 * time.Second // npm install writes both, in either order
	if err == nil && lock.ModTime().Before(have.ModTime().Add(slack)) {
		return nil
	}
	_, err = p.quiet(ctx, tool("npm", "ci", "--no-audit", "--no-fund").in(folder))
	return err
}

var controlLine = regexp.MustCompile(`knobs at (\S+)/knobs with the bearer token (\S+)`)

// startSandbox serves a company of moderate size on loopback and returns what a
// program has to know, and what ends it.
func (p *program) startSandbox(ctx context.Context, name string) (env []string, stop func(), err error) {
	program, err := p.buildTool(ctx, "./app/sandbox/serve")
	if err != nil {
		return nil, nil, err
	}
	cmd := p.cmd(ctx, tool(program, "-limits", "off"))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start the sandbox: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		_ = cmd.Wait()                       // by our interrupt
	}
	words, line := bufio.NewReader(stderr), bufio.NewReader(stdout)
	text, err := words.ReadString('\n')
	found := controlLine.FindStringSubmatch(text)
	if err != nil || found == nil {
		stop()
		return nil, nil, errors.Join(fmt.Errorf("start the sandbox: it says %q", text), err)
	}
	description, err := line.ReadString('\n')
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("start the sandbox: read where it is: %w", err)
	}
	file := p.bin("conformance", name+".json")
	if err := writeFile(file, []byte(description)); err != nil {
		stop()
		return nil, nil, err
	}
	env = []string{"CONFORMANCE_SANDBOX=" + file, "CONFORMANCE_CONTROL=" + found[1], "CONFORMANCE_SECRET=" + found[2]}
	var tls struct {
		CAFile string `json:"caFile"`
	}
	if err := json.Unmarshal([]byte(description), &tls); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start the sandbox: read where it is: %w", err)
	}
	return append(env, "NODE_EXTRA_CA_CERTS="+tls.CAFile), stop, nil
}

// Package benchpeer runs what benchmarks compare ours with: SQLite and bleve, a
// program of a module of its own (build/bench/search/peers), so that the product
// does not depend on them. Each peer is a process that is asked over its pipes.
//
// It promises that times are the peer's own, so that the pipes do not count.
package benchpeer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Peer is a running process. It is used by one goroutine.
type Peer struct {
	// Name is how the peer was called.
	Name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// Answer is what a peer says to a question.
type Answer struct {
	Wall  int64   `json:"wall"`  // ns
	CPU   int64   `json:"cpu"`   // ns of the thread, negative where the system does not tell
	Hits  int     `json:"hits"`  // rows found
	Walls []int64 `json:"walls"` // ns each, where several things were asked for
	Error string  `json:"error"`
}

// CPUTime is the CPU time in ms, no number where the system does not tell it.
func (a Answer) CPUTime() float64 {
	if a.CPU < 0 {
		return math.NaN()
	}
	return float64(a.CPU) / 1e6
}

// Build builds the peers' program, beside the folder of the figures, and returns
// where it is. It is called at the top of the repository.
func Build(ctx context.Context, out string) (string, error) {
	program, err := filepath.Abs(filepath.Join(out, "..", "tools", "bench-peers"))
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "sqlite_fts5", "-o", program, ".")
	cmd.Dir = filepath.Join("build", "bench", "search", "peers")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build the peers: %w", err)
	}
	return program, nil
}

// Start starts the peer of a kind in a folder and waits until it says that it is
// ready, which for some means filled. More are arguments of the program.
func Start(ctx context.Context, program, kind, dir string, more ...string) (*Peer, error) {
	p := &Peer{Name: kind}
	p.cmd = exec.CommandContext(ctx, program, append([]string{"-kind", kind, "-dir", dir}, more...)...)
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start peer %s: %w", kind, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		return nil, fmt.Errorf("peer %s says %q: %w", kind, line, errors.Join(err, p.cmd.Wait()))
	}
	return p, nil
}

// Ask asks a question, one line of JSON, and returns the answer.
func (p *Peer) Ask(question any) (Answer, error) {
	var got Answer
	b, err := json.Marshal(question)
	if err != nil {
		return got, err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return got, fmt.Errorf("ask %s: %w", p.Name, err)
	}
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &got)
	}
	if err == nil && got.Error != "" {
		err = errors.New(got.Error)
	}
	if err != nil {
		return got, fmt.Errorf("ask %s for %.200s: %w", p.Name, b, err)
	}
	return got, nil
}

// Stop ends the process and waits for it.
func (p *Peer) Stop() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

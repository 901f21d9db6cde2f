// Package main measures the sandbox itself, so that it is known not to be the
// bottleneck of the other benchmarks: how long a large company takes to start,
// what memory it takes, and how many list requests a second one core answers.
//
// The sandbox runs in a process of its own. Requests are divided by the processor
// time of that process, so that the client beside it costs nothing.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"chatpane/app/sandbox"
	"chatpane/build/benchtable"
)

// The company that is measured.
const (
	chats    = 2000
	messages = 1_000_000
)

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	child := flag.Bool("child", false, "serve the company; the benchmark starts this itself")
	flag.Parse()
	run := func() error { return bench(context.Background(), *out) }
	if *child {
		run = serve
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ready is the line the child prints.
type ready struct {
	Graph string   `json:"graph"`
	Token string   `json:"token"`
	Chats []string `json:"chats"`
}

// serve is the child: it serves until its input ends.
func serve() error {
	s := sandbox.New(sandbox.Options{Seed: 1, Chats: chats, Messages: messages})
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	me := s.People[0]
	line := ready{Graph: s.Origins()["graph"] + "/v1.0", Token: s.Token(me.OID, "graph")}
	for _, c := range s.Cases {
		for _, l := range c.Linked {
			line.Chats = append(line.Chats, l.ChatID)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent is done
	return server.Close()
}

func bench(ctx context.Context, out string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "-child")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	done, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = done.Close()
		_ = cmd.Wait() // it ends as its input does
	}()
	text, err := bufio.NewReaderSize(lines, 1<<20).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("wait for the sandbox: %w", err)
	}
	took := time.Since(start)
	var at ready
	if err := json.Unmarshal(text, &at); err != nil {
		return fmt.Errorf("read where the sandbox is: %w", err)
	}
	t := benchtable.New("sandbox")
	t.Add(benchtable.Row{Name: fmt.Sprintf("start with %d chats and %d messages, one core", chats, messages), Value: took.Seconds(), Unit: "s", Limit: benchtable.AtMost, Target: 5})
	p := process(cmd.Process.Pid)
	t.Add(benchtable.Row{Name: "memory after the start", Value: p.memory(), Unit: "MB", Limit: benchtable.AtMost, Target: 1500})
	for _, l := range lists {
		if err := l.measure(ctx, t, at, p); err != nil {
			return err
		}
	}
	t.Add(benchtable.Row{Name: "memory after all requests", Value: p.memory(), Unit: "MB", Limit: benchtable.AtMost, Target: 1500})
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

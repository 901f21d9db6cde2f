package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"chatpane/build/benchdata"
)

// peer is another search engine in a process of its own, asked over its pipes.
type peer struct {
	name string
	dir  string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// ask is what a peer is told, one JSON line each; see peers/main.go.
type ask struct {
	Match string `json:"match,omitempty"` // FTS5's language
	Chats []int  `json:"chats,omitempty"`
	Best  bool   `json:"best,omitempty"`
	Add   string `json:"add,omitempty"` // a text to add durably
}

// answer is what it says.
type answer struct {
	Wall  int64  `json:"wall"` // ns
	CPU   int64  `json:"cpu"`  // ns of the thread
	Hits  int    `json:"hits"`
	Error string `json:"error"`
}

// buildPeers builds the peers, which are a module of their own so that the
// product does not depend on them.
func buildPeers(ctx context.Context, out string) (string, error) {
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

// writeCorpus writes the messages of a data set for the peers: row id, chat and
// text. Row ids are times, so that the newest come first by row id.
func writeCorpus(data string, d *benchdata.Data) (string, error) {
	path := filepath.Join(data, "corpus-"+d.Name+".tsv")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return "", err
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for page := range d.Pages() {
		for _, m := range page {
			fmt.Fprintf(w, "%d\t%d\t%s\n", m.Time.UnixMilli()<<12|int64(m.Chat), m.Chat, m.Text)
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

// startPeer starts a peer and waits until it is filled.
func startPeer(ctx context.Context, program, kind, data string, d *benchdata.Data) (*peer, error) {
	corpus, err := writeCorpus(data, d)
	if err != nil {
		return nil, fmt.Errorf("write the corpus: %w", err)
	}
	p := &peer{name: kind, dir: filepath.Join(data, kind+"-"+d.Name)}
	p.cmd = exec.CommandContext(ctx, program, "-kind", kind, "-dir", p.dir, "-corpus", corpus)
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		return nil, fmt.Errorf("peer %s says %q: %w", kind, line, errors.Join(err, p.cmd.Wait()))
	}
	fmt.Printf("%s, %s: ready after %.0f s\n", kind, d.Name, time.Since(start).Seconds())
	return p, nil
}

func (p *peer) ask(a ask) (answer, error) {
	var got answer
	b, err := json.Marshal(a)
	if err != nil {
		return got, err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return got, err
	}
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &got)
	}
	if err == nil && got.Error != "" {
		err = errors.New(got.Error)
	}
	if err != nil {
		return got, fmt.Errorf("ask %s for %s: %w", p.name, b, err)
	}
	return got, nil
}

func (p *peer) stop() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

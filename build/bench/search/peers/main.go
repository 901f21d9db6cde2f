// Package main is the peers of the benchmarks, each run as a process. Those of
// search are SQLite's FTS5 through mattn's and modernc's drivers, and bleve;
// those of the store are SQLite's tables through mattn's driver, with an index
// and without.
//
// A peer of search fills -dir from -corpus (lines of row id, chat, text,
// tab-separated) unless that was done. All say "ready" and answer one JSON line
// for each they are given. Times are measured here, so that the pipes do not
// count.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// message is a line of the corpus.
type message struct {
	row  int64
	chat int
	text string
}

// question is what the benchmark of search asks, see its peer.go.
type question struct {
	Match string `json:"match"`
	Chats []int  `json:"chats"`
	Best  bool   `json:"best"`
	Add   string `json:"add"`
}

// answer is what is said to it, see package benchpeer.
type answer struct {
	Wall  int64   `json:"wall"`
	CPU   int64   `json:"cpu"`
	Hits  int     `json:"hits"`
	Walls []int64 `json:"walls,omitempty"`
	Error string  `json:"error"`
}

// unknown is a CPU time that the system does not tell.
const unknown = -1

// engine is one peer.
type engine interface {
	fill(next func() (message, bool)) error
	// find returns how many of at most 50 hits it found, their texts read.
	find(q question) (int, error)
	// add makes one message durable and searchable.
	add(m message) error
	close() error
}

func main() {
	kind := flag.String("kind", "", "mattn, modernc, bleve, pages or pages-fts")
	dir := flag.String("dir", "", "folder")
	corpus := flag.String("corpus", "", "file to fill from")
	flag.Parse()
	if err := run(*kind, *dir, *corpus); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind, dir, corpus string) (err error) {
	if kind == "pages" || kind == "pages-fts" {
		return servePages(dir, kind == "pages-fts") // its commits wait for the disk, so that it keeps no thread
	}
	runtime.LockOSThread()
	filled := dir + ".filled"
	_, statErr := os.Stat(filled)
	if statErr != nil {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			return err
		}
	}
	e, err := open(kind, dir, statErr != nil)
	if err != nil {
		return fmt.Errorf("open %s: %w", kind, err)
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if statErr != nil {
		if err := fillFrom(e, corpus); err != nil {
			return fmt.Errorf("fill %s: %w", kind, err)
		}
		if err := os.WriteFile(filled, nil, 0o600); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	return serve(e)
}

func open(kind, dir string, fresh bool) (engine, error) {
	switch kind {
	case "mattn":
		return openSQL("sqlite3", dir+"/fts.db", fresh)
	case "modernc":
		return openSQL("sqlite", dir+"/fts.db", fresh)
	case "bleve":
		return openBleve(dir+"/index", fresh)
	}
	return nil, fmt.Errorf("unknown peer %q", kind)
}

func fillFrom(e engine, corpus string) error {
	f, err := os.Open(corpus)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	err = e.fill(func() (message, bool) {
		if !lines.Scan() {
			return message{}, false
		}
		parts := strings.SplitN(lines.Text(), "\t", 3)
		row, _ := strconv.ParseInt(parts[0], 10, 64) // we wrote it
		chat, _ := strconv.Atoi(parts[1])
		return message{row, chat, parts[2]}, true
	})
	return errors.Join(err, lines.Err())
}

func serve(e engine) error {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			return err
		}
		var a answer
		var err error
		start, cpu := time.Now(), threadCPU()
		if q.Add != "" {
			err = e.add(message{row: start.UnixMicro() << 12, text: q.Add})
		} else {
			a.Hits, err = e.find(q)
		}
		a.Wall, a.CPU = int64(time.Since(start)), since(cpu)
		if err != nil {
			a.Error = err.Error()
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return in.Err()
}

// since is the CPU time in ns since cpu.
func since(cpu int64) int64 {
	if now := threadCPU(); now >= 0 && cpu >= 0 {
		return now - cpu
	}
	return unknown
}

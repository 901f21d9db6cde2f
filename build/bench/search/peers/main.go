// Package main is the peers of the search benchmark, each run as a process:
// SQLite's FTS5 through mattn's and modernc's drivers, and bleve.
//
// It fills -dir from -corpus (lines of row id, chat, text, tab-separated) unless
// that was done, says "ready", and answers one JSON line for each it is given.
// Times are measured here, so that the pipes do not count.
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

	"golang.org/x/sys/unix"
)

// message is a line of the corpus.
type message struct {
	row  int64
	chat int
	text string
}

// question is what is asked, see the benchmark's peer.go.
type question struct {
	Match string `json:"match"`
	Chats []int  `json:"chats"`
	Best  bool   `json:"best"`
	Add   string `json:"add"`
}

type answer struct {
	Wall  int64  `json:"wall"`
	CPU   int64  `json:"cpu"`
	Hits  int    `json:"hits"`
	Error string `json:"error"`
}

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
	kind := flag.String("kind", "", "mattn, modernc or bleve")
	dir := flag.String("dir", "", "folder")
	corpus := flag.String("corpus", "", "file to fill from")
	flag.Parse()
	if err := run(*kind, *dir, *corpus); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind, dir, corpus string) (err error) {
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
		a.Wall, a.CPU = int64(time.Since(start)), int64(threadCPU()-cpu)
		if err != nil {
			a.Error = err.Error()
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return in.Err()
}

func threadCPU() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

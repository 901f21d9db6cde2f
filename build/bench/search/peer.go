package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"chatpane/build/benchdata"
	"chatpane/build/benchpeer"
)

// ask is what a peer is told; see peers/main.go.
type ask struct {
	Match string `json:"match,omitempty"` // FTS5's language
	Chats []int  `json:"chats,omitempty"`
	Best  bool   `json:"best,omitempty"`
	Add   string `json:"add,omitempty"` // a text to add durably
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
func startPeer(ctx context.Context, program, kind, data string, d *benchdata.Data) (*benchpeer.Peer, error) {
	corpus, err := writeCorpus(data, d)
	if err != nil {
		return nil, fmt.Errorf("write the corpus: %w", err)
	}
	start := time.Now()
	p, err := benchpeer.Start(ctx, program, kind, filepath.Join(data, kind+"-"+d.Name), "-corpus", corpus)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s, %s: ready after %.0f s\n", kind, d.Name, time.Since(start).Seconds())
	return p, nil
}

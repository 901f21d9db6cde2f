package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/session"
	"chatpane/build/benchdata"
	"chatpane/build/benchpeer"
	"chatpane/build/benchstore"
)

// The tables of SQLite that are compared with: the messages alone, and with an
// FTS5 table of their texts beside, as ours has its index.
const (
	plainTable   = "pages"
	indexedTable = "pages-fts"
)

// row is a message as the peer takes it; see peers/pages.go.
type row struct {
	Chat     string `json:"chat"`
	ID       int64  `json:"id"`
	ETag     string `json:"etag"`
	Created  int64  `json:"created"`
	Modified int64  `json:"modified"`
	From     string `json:"from"`
	Name     string `json:"name"`
	Body     string `json:"body"`
	Text     string `json:"text,omitempty"`
}

// order is what the peer is asked to do.
type order struct {
	Open   bool      `json:"open,omitempty"`
	Close  bool      `json:"close,omitempty"`
	Rows   []row     `json:"rows,omitempty"`
	Latest []chat.ID `json:"latest,omitempty"`
	Limit  int       `json:"limit,omitempty"`
}

// sqlite is a process that keeps messages in a table of SQLite's.
type sqlite struct {
	peer    *benchpeer.Peer
	indexed bool
}

func startSQLite(ctx context.Context, program, kind, dir string) (*sqlite, error) {
	p, err := benchpeer.Start(ctx, program, kind, dir)
	if err != nil {
		return nil, err
	}
	return &sqlite{p, kind == indexedTable}, nil
}

func (s *sqlite) stop() error { return s.peer.Stop() }

// open opens the file, reads the newest page of a chat, and returns how many ms
// both took.
func (s *sqlite) open(id chat.ID) (float64, error) {
	a, err := s.peer.Ask(order{Open: true, Latest: []chat.ID{id}, Limit: pageSize})
	return float64(a.Wall) / 1e6, err
}

func (s *sqlite) close() error {
	_, err := s.peer.Ask(order{Close: true})
	return err
}

// fill opens the file, adds pages one transaction each, closes it, and returns
// how many seconds the peer needed for that.
func (s *sqlite) fill(parts func(yield func([]chat.Message) bool)) (seconds float64, err error) {
	took := int64(0)
	ask := func(o order) error {
		a, err := s.peer.Ask(o)
		took += a.Wall
		return err
	}
	if err := ask(order{Open: true}); err != nil {
		return 0, err
	}
	for list := range parts {
		rows, err := s.rows(list)
		if err != nil {
			return 0, err
		}
		if err := ask(order{Rows: rows}); err != nil {
			return 0, err
		}
	}
	return float64(took) / 1e9, ask(order{Close: true})
}

func (s *sqlite) rows(list []chat.Message) ([]row, error) {
	var out []row
	for _, m := range list {
		id, err := strconv.ParseInt(m.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("a message's id is no number: %w", err)
		}
		r := row{Chat: string(m.Chat), ID: id, ETag: m.ETag, Created: m.Created.UnixMilli(), Modified: m.Modified.UnixMilli(),
			From: m.From.UserID, Name: m.From.Name, Body: m.Body}
		if s.indexed {
			r.Text = session.SearchText(m)
		}
		out = append(out, r)
	}
	return out, nil
}

// pages reads the newest page of each chat and returns the times in ms.
func (s *sqlite) pages(ids []chat.ID) ([]float64, error) {
	a, err := s.peer.Ask(order{Latest: ids, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	var times []float64
	for _, w := range a.Walls {
		times = append(times, float64(w)/1e6)
	}
	return times, nil
}

// heavySQLite is the folder of the heavy set in SQLite, filled once per machine,
// and how many messages per second that took.
func heavySQLite(ctx context.Context, program, data string, d *benchdata.Data) (dir string, perSecond float64, err error) {
	dir = filepath.Join(data, "sqlite-"+d.Name)
	done := dir + ".filled"
	if b, err := os.ReadFile(done); err == nil {
		perSecond, err = strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
		return dir, perSecond, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return dir, 0, err
	}
	s, err := startSQLite(ctx, program, plainTable, dir)
	if err != nil {
		return dir, 0, err
	}
	n := 0
	seconds, err := s.fill(func(yield func([]chat.Message) bool) {
		for page := range d.Pages() {
			var list []chat.Message
			for _, m := range page {
				list = append(list, benchstore.Convert(m))
			}
			if n += len(list); !yield(list) {
				return
			}
		}
	})
	if err != nil {
		return dir, 0, fmt.Errorf("fill the heavy set into SQLite: %w", err)
	}
	if err := s.stop(); err != nil {
		return dir, 0, err
	}
	perSecond = float64(n) / seconds
	return dir, perSecond, os.WriteFile(done, fmt.Appendf(nil, "%.0f", perSecond), 0o600)
}

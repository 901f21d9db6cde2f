// Package benchstore fills our store with the messages of package benchdata,
// once per machine, for the benchmarks that measure it.
//
// It promises that a fill that was cut short is done again from the beginning.
// It refuses to be used by anything but benchmarks: its keys lie in a plain file.
package benchstore

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"chatpane/app/chat"
	"chatpane/app/session"
	"chatpane/app/store"
	"chatpane/app/vault"
	"chatpane/build/benchdata"
	"chatpane/build/benchkeys"
)

// Dir is the folder of a data set's store below the benchmarks' data.
func Dir(data, name string) string { return filepath.Join(data, "ours-"+name) }

// Open opens the store in a folder that Fill, or an earlier Open, made.
func Open(dir string) (*store.Store, error) {
	keys, err := benchkeys.Open(dir + ".keys")
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(dir, "bench/account", keys)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return store.Open(filepath.Join(dir, "cache"), v, store.Options{Log: log, Text: session.SearchText})
}

// Fill fills the store of a data set, page by page as a backfill does, unless
// that was done before with the same schema, and closes it. It returns how many
// messages per second that took, index and all, durable.
func Fill(ctx context.Context, data string, d *benchdata.Data) (perSecond float64, err error) {
	dir := Dir(data, d.Name)
	done := dir + ".filled"
	if b, err := os.ReadFile(done); err == nil {
		var schema int
		if _, err := fmt.Sscan(string(b), &perSecond, &schema); err == nil && schema == store.Schema {
			return perSecond, nil
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return 0, err
	}
	_ = os.Remove(dir + ".keys") // of a fill that was cut short
	s, err := Open(dir)
	if err != nil {
		return 0, err
	}
	start, n := time.Now(), 0
	var making time.Duration
	for page := range d.Pages() {
		began := time.Now()
		var b store.Batch
		for _, m := range page {
			b.Messages = append(b.Messages, Convert(m))
		}
		making += time.Since(began)
		if _, err := s.Apply(ctx, b); err != nil {
			return 0, err
		}
		if n += len(page); n%200_000 == 0 {
			fmt.Printf("fill %s: %d messages, %.0f/s\n", d.Name, n, float64(n)/(time.Since(start)-making).Seconds())
		}
	}
	if err := s.Close(); err != nil {
		return 0, err
	}
	perSecond = float64(n) / (time.Since(start) - making).Seconds()
	return perSecond, os.WriteFile(done, fmt.Appendf(nil, "%.0f %d", perSecond, store.Schema), 0o600)
}

// Convert is a message as the syncer hands it to the store.
func Convert(m benchdata.Message) chat.Message {
	return chat.Message{
		Chat: ChatID(m.Chat), ID: m.ID(), ETag: m.ID(), Created: m.Time, Modified: m.Time, Body: m.HTML(),
		From: chat.Sender{UserID: benchdata.UserID(m.Chat, m.Author)}, Importance: chat.Normal,
	}
}

// ChatID is a chat's id.
func ChatID(n int) chat.ID { return chat.ID(benchdata.ChatID(n)) }

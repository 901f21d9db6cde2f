package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/session"
	"chatpane/app/store"
	"chatpane/app/vault"
	"chatpane/build/benchkeys"
	"chatpane/build/benchtable"
)

// figures are the samples of all rounds, ours and the peer's.
type figures struct {
	ingest, peerIngest []float64 // messages per second
	open, peerOpen     []float64 // ms, with the first page
	searched           []float64 // ms, with the first page and the first search
	page, peerPage     []float64 // ms each
	rss, peerRSS       float64   // MB, resident
	size, peerSize     float64   // MB
	raw                float64
}

// batches cuts the messages as the syncer would: a chat's page at a time.
func batches(messages []chat.Message) [][]chat.Message {
	var out [][]chat.Message
	for start := 0; start < len(messages); {
		end := start
		for end < len(messages) && end-start < pageSize && messages[end].Chat == messages[start].Chat {
			end++
		}
		out = append(out, messages[start:end])
		start = end
	}
	return out
}

func quietly() *slog.Logger { return slog.New(slog.DiscardHandler) }

func openOurs(dir string) (*store.Store, error) {
	keys, err := benchkeys.Open(dir + ".keys")
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(filepath.Join(dir, "ours"), "bench/account", keys)
	if err != nil {
		return nil, err
	}
	return store.Open(filepath.Join(dir, "ours", "cache"), v, store.Options{Log: quietly(), Text: session.SearchText})
}

// round fills both stores, closes them, opens them cold and reads pages, the
// two in turn.
func (f *figures) round(ctx context.Context, dir string, chats []chat.Chat, messages []chat.Message) error {
	parts := batches(messages)
	start := time.Now()
	s, err := openOurs(dir)
	if err != nil {
		return err
	}
	if _, err := s.Apply(ctx, store.Batch{Chats: chats}); err != nil {
		return err
	}
	for _, b := range parts {
		if _, err := s.Apply(ctx, store.Batch{Messages: b}); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	f.ingest = append(f.ingest, float64(len(messages))/time.Since(start).Seconds())
	start = time.Now()
	p, err := openPeer(filepath.Join(dir, "peer"))
	if err != nil {
		return err
	}
	for _, b := range parts {
		if err := p.add(b); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	f.peerIngest = append(f.peerIngest, float64(len(messages))/time.Since(start).Seconds())
	return f.read(dir, chats)
}

func (f *figures) read(dir string, chats []chat.Chat) error {
	start := time.Now()
	s, err := openOurs(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, _, err := s.Latest(chats[0].ID, pageSize); err != nil {
		return err
	}
	f.open = append(f.open, ms(time.Since(start)))
	if err := firstSearch(context.Background(), s); err != nil {
		return err
	}
	f.searched = append(f.searched, ms(time.Since(start)))
	start = time.Now()
	p, err := openPeer(filepath.Join(dir, "peer"))
	if err != nil {
		return err
	}
	defer p.close()
	if _, err := p.latest(chats[0].ID, pageSize); err != nil {
		return err
	}
	f.peerOpen = append(f.peerOpen, ms(time.Since(start)))
	for i := range pageReads {
		id := chats[i*7919%len(chats)].ID
		start = time.Now()
		if _, _, err := s.Latest(id, pageSize); err != nil {
			return err
		}
		f.page = append(f.page, ms(time.Since(start)))
		start = time.Now()
		if _, err := p.latest(id, pageSize); err != nil {
			return err
		}
		f.peerPage = append(f.peerPage, ms(time.Since(start)))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// memory asks a process of each kind how much it holds after use.
func (f *figures) memory(dir string) error {
	for kind, to := range map[string]*float64{"ours": &f.rss, "peer": &f.peerRSS} {
		b, err := exec.Command(os.Args[0], "-child", kind, "-dir", dir).Output()
		if err != nil {
			return fmt.Errorf("measure memory of %s: %w", kind, err)
		}
		if *to, err = strconv.ParseFloat(strings.TrimSpace(string(b)), 64); err != nil {
			return fmt.Errorf("measure memory of %s: %w", kind, err)
		}
	}
	return nil
}

func (f *figures) disk(dir string, raw int) {
	f.size, f.peerSize = folderMB(filepath.Join(dir, "ours")), folderMB(filepath.Join(dir, "peer"))
	f.raw = float64(raw) / 1e6
}

func (f *figures) rows(t *benchtable.Table) {
	const peer = "Badger's defaults, JSON"
	t.Add(benchtable.Row{Name: "open + first page, typical", Value: median(f.open), Unit: "ms", Limit: benchtable.AtMost, Target: 50, Peer: median(f.peerOpen), PeerName: peer})
	t.Add(benchtable.Row{Name: "open + first page + first search, typical", Value: median(f.searched), Unit: "ms", Limit: benchtable.AtMost, Target: 50})
	t.Add(benchtable.Row{Name: "latest-50 page p50, typical", Value: median(f.page), Unit: "ms", Limit: benchtable.AtMost, Target: 0.1, Peer: median(f.peerPage), PeerName: peer})
	t.Add(benchtable.Row{Name: "latest-50 page p99, typical", Value: quantile(f.page, 0.99), Unit: "ms", Limit: benchtable.AtMost, Target: 0.6, Peer: quantile(f.peerPage, 0.99), PeerName: peer})
	t.Add(benchtable.Row{Name: "ingest, typical, durable", Value: median(f.ingest), Unit: "messages/s", Limit: benchtable.AtLeast, Target: 10000, Peer: median(f.peerIngest), PeerName: peer})
	t.Add(benchtable.Row{Name: "resident memory of the Go side", Value: f.rss, Unit: "MB", Limit: benchtable.AtMost, Target: min(60, f.peerRSS/2), Peer: f.peerRSS, PeerName: peer})
	t.Add(benchtable.Row{Name: "disk, messages and index, typical", Value: f.size, Unit: "MB", Limit: benchtable.AtMost, Target: 1.5 * f.raw, Peer: f.peerSize, PeerName: peer})
}

func median(list []float64) float64 { return quantile(list, 0.5) }

func quantile(list []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

func folderMB(dir string) float64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error { // what vanishes meanwhile does not count
		if err == nil && !e.IsDir() {
			total += onDisk(path)
		}
		return nil
	})
	return float64(total) / 1e6
}

package main

import (
	"context"
	"errors"
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
	"chatpane/build/benchhost"
	"chatpane/build/benchkeys"
	"chatpane/build/benchtable"
)

// figures are the samples of all rounds, ours and the peers'.
type figures struct {
	peers    string // the program of SQLite
	ours     samples
	badger   samples
	plain    samples   // SQLite's table alone
	indexed  samples   // with FTS5
	searched []float64 // ms, with the first page and the first search
	raw      float64   // MB
}

// samples are those of one store.
type samples struct {
	ingest []float64 // messages per second
	open   []float64 // ms, with the first page
	page   []float64 // ms each
	rss    float64   // MB, resident
	size   float64   // MB
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

// round fills the stores one after another, closes them, opens them and reads
// pages of all in turn.
func (f *figures) round(ctx context.Context, dir string, chats []chat.Chat, messages []chat.Message) error {
	parts := batches(messages)
	perSecond := func(seconds float64) float64 { return float64(len(messages)) / seconds }
	start := time.Now()
	if err := fillOurs(ctx, dir, chats, parts); err != nil {
		return err
	}
	f.ours.ingest = append(f.ours.ingest, perSecond(time.Since(start).Seconds()))
	start = time.Now()
	if err := fillBadger(dir, parts); err != nil {
		return err
	}
	f.badger.ingest = append(f.badger.ingest, perSecond(time.Since(start).Seconds()))
	for kind, into := range map[string]*samples{plainTable: &f.plain, indexedTable: &f.indexed} {
		s, err := startSQLite(ctx, f.peers, kind, filepath.Join(dir, kind))
		if err != nil {
			return err
		}
		seconds, err := s.fill(slices.Values(parts))
		if err := errors.Join(err, s.stop()); err != nil {
			return err
		}
		into.ingest = append(into.ingest, perSecond(seconds))
	}
	return f.read(ctx, dir, chats)
}

func fillOurs(ctx context.Context, dir string, chats []chat.Chat, parts [][]chat.Message) error {
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
	return s.Close()
}

func fillBadger(dir string, parts [][]chat.Message) error {
	p, err := openPeer(filepath.Join(dir, "peer"))
	if err != nil {
		return err
	}
	for _, b := range parts {
		if err := p.add(b); err != nil {
			return err
		}
	}
	return p.close()
}

func (f *figures) read(ctx context.Context, dir string, chats []chat.Chat) (err error) {
	start := time.Now()
	s, err := openOurs(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, _, err := s.Latest(chats[0].ID, pageSize); err != nil {
		return err
	}
	f.ours.open = append(f.ours.open, ms(time.Since(start)))
	if err := firstSearch(ctx, s); err != nil {
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
	f.badger.open = append(f.badger.open, ms(time.Since(start)))
	q, err := startSQLite(ctx, f.peers, plainTable, filepath.Join(dir, plainTable))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.stop()) }()
	first, err := q.open(chats[0].ID)
	if err != nil {
		return err
	}
	f.plain.open = append(f.plain.open, first)
	return f.readPages(s, p, q, chats)
}

// readPages reads pages of each store in turn, some at once, so that a change of
// processes does not stand before every page of SQLite's.
func (f *figures) readPages(s *store.Store, p *peer, q *sqlite, chats []chat.Chat) error {
	const atOnce = 20
	for n := 0; n < pageReads; n += atOnce {
		var ids []chat.ID
		for i := range atOnce {
			ids = append(ids, chats[(n+i)*7919%len(chats)].ID)
		}
		for _, id := range ids {
			start := time.Now()
			if _, _, err := s.Latest(id, pageSize); err != nil {
				return err
			}
			f.ours.page = append(f.ours.page, ms(time.Since(start)))
		}
		for _, id := range ids {
			start := time.Now()
			if _, err := p.latest(id, pageSize); err != nil {
				return err
			}
			f.badger.page = append(f.badger.page, ms(time.Since(start)))
		}
		times, err := q.pages(ids)
		if err != nil {
			return err
		}
		f.plain.page = append(f.plain.page, times...)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// memory asks a process of each kind how much it holds after use.
func (f *figures) memory(dir string) error {
	for kind, to := range map[string]*float64{"ours": &f.ours.rss, "peer": &f.badger.rss} {
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
	for name, of := range map[string]*samples{"ours": &f.ours, "peer": &f.badger, plainTable: &f.plain, indexedTable: &f.indexed} {
		of.size = benchhost.OnDisk(filepath.Join(dir, name))
	}
	f.raw = float64(raw) / 1e6
}

const (
	badgerName  = "Badger's defaults, JSON"
	plainName   = "SQLite, plain, no index"
	indexedName = "SQLite, plain, with FTS5"
)

func (f *figures) rows(t *benchtable.Table) {
	p99 := func(list []float64) float64 { return benchtable.Quantile(list, 0.99) }
	beside := func(r benchtable.Row, peer float64, name string) {
		r.Peer, r.PeerName = peer, name
		t.Add(r)
	}
	open := benchtable.Row{Name: "open + first page, typical", Value: median(f.ours.open), Unit: "ms", Limit: benchtable.AtMost, Target: 50}
	beside(open, median(f.badger.open), badgerName)
	beside(against(open), median(f.plain.open), plainName)
	t.Add(benchtable.Row{Name: "open + first page + first search, typical", Value: median(f.searched), Unit: "ms", Limit: benchtable.AtMost, Target: 50})
	half := benchtable.Row{Name: "latest-50 page p50, typical", Value: median(f.ours.page), Unit: "ms", Limit: benchtable.AtMost, Target: 0.1}
	beside(half, median(f.badger.page), badgerName)
	beside(against(half), median(f.plain.page), plainName)
	most := benchtable.Row{Name: "latest-50 page p99, typical", Value: p99(f.ours.page), Unit: "ms", Limit: benchtable.AtMost, Target: 0.6}
	beside(most, p99(f.badger.page), badgerName)
	beside(against(most), p99(f.plain.page), plainName)
	ingest := benchtable.Row{Name: "ingest with index, typical, durable", Value: median(f.ours.ingest), Unit: "messages/s", Limit: benchtable.AtLeast, Target: 10000}
	beside(ingest, median(f.badger.ingest), badgerName)
	beside(against(ingest), median(f.plain.ingest), plainName)
	beside(against(ingest), median(f.indexed.ingest), indexedName)
	beside(benchtable.Row{Name: "resident memory of the Go side", Value: f.ours.rss, Unit: "MB", Limit: benchtable.AtMost, Target: min(60, f.badger.rss/2)}, f.badger.rss, badgerName)
	disk := benchtable.Row{Name: "disk, messages and index, typical", Value: f.ours.size, Unit: "MB", Limit: benchtable.AtMost, Target: 1.5 * f.raw}
	beside(disk, f.badger.size, badgerName)
	beside(against(disk), f.plain.size, plainName)
	beside(against(disk), f.indexed.size, indexedName)
}

// against is a figure once more, for the sake of another peer: its target is
// judged in the row that has it.
func against(r benchtable.Row) benchtable.Row {
	r.Limit, r.Target = benchtable.NoLimit, 0
	return r
}

func median(list []float64) float64 { return benchtable.Quantile(list, 0.5) }

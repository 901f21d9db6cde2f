// Package main measures the offline store: opening, reading a page, taking
// messages in, memory and disk, with what Badger does by its default options and
// what SQLite does beside it in the same run.
//
// Ours compresses, seals and indexes what it keeps. Badger's peer encrypts, and
// keeps JSON without an index. SQLite's is a process of its own (through mattn's
// driver, a module of its own, so that the product does not depend on it) with a
// table in the order of its key (chat, id), WAL, a sync with each commit and 32 MB
// of cache, which is plain on the disk. For reading and opening that table has no
// index of the texts; for taking in and the disk it is shown without one, and with
// FTS5. All commit a chat's page of up to 50 messages at a time. SQLite's times
// are taken in its process, so that the pipes to it do not count.
//
// The typical data is the sandbox's company (150 chats, 30,000 messages), read
// through the real client, the heavy one is made by package benchdata and kept
// filled beside the figures. Each memory figure comes from a process of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"chatpane/build/benchdata"
	"chatpane/build/benchpeer"
	"chatpane/build/benchtable"
)

const (
	rounds    = 5
	pageReads = 2000
	pageSize  = 50
)

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	child := flag.String("child", "", "internal: ours or peer, in the folder -dir")
	dir := flag.String("dir", "", "internal: the folder of a child")
	small := flag.Bool("small", false, "20,000 messages for the heavy set, to see that it works")
	flag.Parse()
	err := error(nil)
	if *child != "" {
		err = beChild(*child, *dir)
	} else {
		err = bench(*out, *small)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(out string, small bool) error {
	ctx := context.Background()
	chats, messages, err := company(ctx)
	if err != nil {
		return fmt.Errorf("read the sandbox: %w", err)
	}
	raw := 0
	for _, m := range messages {
		raw += len(m.Body)
	}
	fmt.Printf("%d chats, %d messages, %.1f MB of HTML\n", len(chats), len(messages), float64(raw)/1e6)
	tmp, err := os.MkdirTemp("", "chatpane-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	program, err := benchpeer.Build(ctx, out)
	if err != nil {
		return err
	}
	f := figures{peers: program}
	for round := range rounds {
		dir := filepath.Join(tmp, strconv.Itoa(round))
		if err := f.round(ctx, dir, chats, messages); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	last := filepath.Join(tmp, strconv.Itoa(rounds-1))
	if err := writeIDs(last, chats); err != nil {
		return err
	}
	if err := f.memory(last); err != nil {
		return err
	}
	f.disk(last, raw)
	t, d := benchtable.New("store"), benchdata.New(benchdata.Heavy())
	if small {
		t, d = benchtable.New("store-small"), benchdata.New(benchdata.Small())
	}
	f.rows(t)
	if err := heavy(ctx, program, filepath.Join(out, "data"), d, t); err != nil {
		return err
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

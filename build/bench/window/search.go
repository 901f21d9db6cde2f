//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"chatpane/build/benchtable"
	"chatpane/build/tour/a11y"
)

// typed are the words that are searched for, letter by letter.
func typed() []string { return []string{"gasket", "refund", "dichtung", "pump", "invoice"} }

// typeRounds is how often each is typed; after the first the caches are warm.
const typeRounds = 3

// searchShare is the share of the company's messages that the agent is not
// given: those in chats of others.
const searchShare = 0.4

// companyOf is the size of a company whose agent has so many messages.
func companyOf(messages int) []string {
	chats := max(150, messages/500)
	return []string{"-chats", fmt.Sprint(chats), "-messages", fmt.Sprint(int(float64(messages) / (1 - searchShare)))}
}

// measureSearch fills the cache with so many messages at least, types words into
// the search of the real window and takes how long each letter needs until its
// results are painted. The picture of the last one is kept.
func measureSearch(ctx context.Context, o options) (err error) {
	b := &bench{}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.open(ctx, o, companyOf(o.messages)...); err != nil {
		return err
	}
	fmt.Println("Signing in …")
	p, err := b.signIn(ctx)
	if err == nil {
		err = p.stop(ctx) // its folder is filled by another process
	}
	if err != nil {
		return errors.Join(fmt.Errorf("sign in: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	fmt.Println("Reading every chat into the cache …")
	f, err := b.refill(ctx)
	if err != nil {
		return fmt.Errorf("fill the cache: %w", err)
	}
	fmt.Printf("%d messages of %d chats; %d of them read, indexed and stored in %.0f s\n", f.Messages, f.Chats, f.Read, f.Seconds)
	if f.Messages < o.messages {
		return fmt.Errorf("the cache holds %d messages, want %d", f.Messages, o.messages)
	}
	picture := fmt.Sprintf("search-%d", o.messages)
	at, err := b.findSearch(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("look for the search: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	b.stage.Set("NO_AT_BRIDGE=1") // as for most users: no accessibility tree is built
	times, err := b.typeAll(ctx, at, o.out, picture)
	if err != nil {
		return errors.Join(fmt.Errorf("type: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	fmt.Printf("The picture is %s\n", filepath.Join(o.out, picture+".png"))
	return searchFigures(o, f, times)
}

func searchFigures(o options, f filled, times []float64) error {
	t := benchtable.New("window-search")
	addSearch(t, f, times)
	t.Add(benchtable.Row{Name: fmt.Sprintf("from Graph to durable and searchable, %d messages", f.Messages), Value: float64(f.Read) / f.Seconds, Unit: "messages/s"})
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(o.out)
}

// refill has the cache filled by a process of the stage, whose keyring has the
// account's keys.
func (b *bench) refill(ctx context.Context) (f filled, err error) {
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	cmd := b.stage.Command(ctx, self, "-refill", b.data, b.tenant.file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(out, &f)
}

// searchSpots are where the button of the search and its field are.
type searchSpots struct{ button, field a11y.Box }

// typeAll opens the search and types the words, and returns the times in ms.
func (b *bench) typeAll(ctx context.Context, at searchSpots, out, picture string) ([]float64, error) {
	p, _, err := b.ours(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.hand.place(ctx, p.pid(), stageWidth, stageHeight); err != nil {
		return nil, err
	}
	if err := pause(ctx, calm); err != nil {
		return nil, err
	}
	for _, box := range []a11y.Box{at.button, at.field} {
		if err := b.press(ctx, box); err != nil {
			return nil, err
		}
	}
	var times []float64
	for range typeRounds {
		for _, word := range typed() {
			if err := b.hand.do("key ctrl+a key BackSpace"); err != nil {
				return nil, err
			}
			if err := pause(ctx, time.Second); err != nil {
				return nil, err
			}
			list, err := b.typeWord(ctx, word)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", word, err)
			}
			times = append(times, list...)
		}
	}
	return times, errors.Join(b.photograph(ctx, out, picture), p.stop(ctx))
}

// findSearch tells where the button of the search and its field are. It reads
// the accessibility tree.
func (b *bench) findSearch(ctx context.Context) (at searchSpots, err error) {
	p, _, err := b.ours(ctx)
	if err != nil {
		return at, err
	}
	if err := b.hand.place(ctx, p.pid(), stageWidth, stageHeight); err != nil {
		return at, err
	}
	open, err := b.find(ctx, p, "push button", b.words["search.field"])
	if err != nil {
		return at, err
	}
	if err := b.press(ctx, open.Box); err != nil {
		return at, err
	}
	entry, err := b.find(ctx, p, "entry", b.words["search.field"])
	if err != nil {
		return at, err
	}
	return searchSpots{open.Box, entry.Box}, p.stop(ctx)
}

// press clicks and waits a moment, whatever that draws.
func (b *bench) press(ctx context.Context, box a11y.Box) error {
	if err := b.hand.aim(ctx, box); err != nil {
		return err
	}
	if err := b.hand.release(); err != nil {
		return err
	}
	return pause(ctx, time.Second)
}

// typeWord types a word and returns how long each letter took, in ms.
func (b *bench) typeWord(ctx context.Context, word string) (times []float64, err error) {
	for _, letter := range word {
		shots, err := b.display.watch(ctx, settled, 5*time.Second, func() error { return b.hand.do("key " + string(letter)) })
		if err != nil {
			return nil, err
		}
		at, ok := painted(shots)
		if !ok {
			return nil, fmt.Errorf("the letter %c: %w", letter, errUnchanged)
		}
		times = append(times, ms(at))
	}
	return times, nil
}

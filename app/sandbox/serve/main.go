// Package main serves the sandbox by itself: it prints one line of JSON that
// tells where everything is, and serves until it is interrupted. It promises to
// listen on loopback only and to exit cleanly on an interrupt. It refuses any
// other address. Entra answers over TLS too ("entraTls"), under an authority that
// is made for the run ("caFile"), because Microsoft's clients refuse it otherwise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"chatpane/app/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		stop()
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "loopback address; with a fixed port the services take it and the ones after it")
	seed := flags.Uint64("seed", 1, "seed of the company")
	chats := flags.Int("chats", 150, "number of chats")
	messages := flags.Int("messages", 30000, "number of messages")
	cases := flags.Int("cases", 60, "number of cases")
	history := flags.Int("history", 0, "number of cases that were resolved before (0 = four for each case, negative = none)")
	limits := flags.String("limits", "on", "on: answer 429 as Microsoft's published limits say; off: for benchmarks")
	life := flags.Duration("life", 0, "how often a colleague does something unasked (0 = 4 minutes)")
	knobs := flags.Bool("knobs", false, "tell in the line too where the knobs are, and the secret that turns them")
	var faults []sandbox.Fault
	flags.Func("fault", "what goes wrong, such as 'path=/v1.0/chats*;status=503;after=10s;for=2m'; may be repeated (sandbox.ParseFault has the words)", func(text string) error {
		f, err := sandbox.ParseFault(text)
		faults = append(faults, f)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if *limits != "on" && *limits != "off" {
		return fmt.Errorf("read the flags: -limits is on or off, not %q", *limits)
	}
	s := sandbox.New(sandbox.Options{Seed: *seed, Chats: *chats, Messages: *messages, Cases: *cases, History: *history, Limits: *limits == "on", Life: true, LifeEvery: *life})
	for _, f := range faults {
		if err := s.Knobs.Inject(f); err != nil {
			return err
		}
	}
	server, err := s.Start(*addr)
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	place := described{Description: s.Describe()}
	var help func(context.Context) error
	if place.Companion, help, err = startCompanion(s, *limits == "on", stderr); err != nil {
		return errors.Join(err, server.Close())
	}
	var dir string
	place.EntraTLS, dir, err = secure(server, *addr)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	defer os.RemoveAll(dir)
	place.CAFile = filepath.Join(dir, caName)
	if *knobs {
		place.Control, place.Secret = server.Control, server.Secret
	}
	fmt.Fprintf(stderr, "knobs at %s/knobs with the bearer token %s\n", server.Control, server.Secret)
	if err := json.NewEncoder(stdout).Encode(place); err != nil {
		return errors.Join(fmt.Errorf("print where everything is: %w", err), server.Close())
	}
	helped := make(chan error, 1)
	go func() { helped <- help(ctx) }()
	err = s.Run(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, <-helped, server.Close())
}

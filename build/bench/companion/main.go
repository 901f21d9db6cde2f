// Package main measures the companion: joins a second on one core against the
// sandbox with limits off, how long each takes, and how many of 10,000 forged
// or repeated requests get anybody into a chat. With -load it goes on for longer,
// at a pace and with services that fail.
//
// Company and companion run in processes of their own, the companion on one
// core. A core that other processes also use does less, so joins are divided by
// the companion's processor time too. Every join is of another person or chat.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"chatpane/build/benchtable"
)

const (
	joins    = 1500   // measured
	warm     = 100    // before, not measured
	atOnce   = 8      // requests under way
	attempts = 10_000 // forged and repeated
	removed  = 200    // people thrown out again, whose requests are repeated
)

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	requests := flag.Int("load", 0, "also send so many requests at 200 a second, with services failing in the second half (threats.md L17: 120000)")
	role := flag.String("role", "", "company or companion; the benchmark starts these itself")
	flag.Parse()
	var err error
	switch *role {
	case "company":
		err = company()
	case "companion":
		err = serve(context.Background())
	default:
		err = bench(context.Background(), *out, *requests)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, out string, requests int) error {
	comp, err := start(ctx, "company", nil)
	if err != nil {
		return err
	}
	defer comp.stop()
	var at plan
	if err := comp.read(&at); err != nil {
		return err
	}
	help, err := start(ctx, "companion", []string{"GOMAXPROCS=1"})
	if err != nil {
		return err
	}
	defer help.stop()
	var where place
	at.Place.Audit = requests > 0
	if err := help.ask(at.Place, &where); err != nil {
		return err
	}
	t := benchtable.New("companion")
	r := runner{origin: where.Origin, environment: at.Place.Environment}
	if _, err := r.all(ctx, at.Joins[:warm]); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	before := help.cpu()
	got, err := r.all(ctx, at.Joins[warm:])
	if err != nil {
		return err
	}
	used := help.cpu() - before
	n := float64(len(at.Joins) - warm)
	t.Add(benchtable.Row{Name: "joins a second, companion on one core", Value: n / got.took.Seconds(), Unit: "/s", Limit: benchtable.AtLeast, Target: 300})
	// Where the system does not tell the time it is zero, and the figure no number.
	t.Add(benchtable.Row{Name: "joins a second of the companion's processor time", Value: n / used.Seconds(), Unit: "/s", Limit: benchtable.AtLeast, Target: 300})
	t.Add(benchtable.Row{Name: fmt.Sprintf("join p50, %d at once", atOnce), Value: got.at(50), Unit: "ms"})
	t.Add(benchtable.Row{Name: fmt.Sprintf("join p99, %d at once", atOnce), Value: got.at(99), Unit: "ms", Limit: benchtable.AtMost, Target: 500})
	if err := attack(ctx, t, comp, r, at); err != nil {
		return err
	}
	if requests > 0 {
		if err := load(ctx, t, comp, help, r, at, requests); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

// attack sends what must not be accepted: forged tokens, and requests of people
// who were removed since. Both the answers and Graph itself are asked.
func attack(ctx context.Context, t *benchtable.Table, comp *child, r runner, at plan) error {
	again := at.Joins[warm : warm+removed]
	var before, after added
	if err := comp.ask(order{Remove: again}, &before); err != nil {
		return err
	}
	var requests []join
	for i := range attempts {
		switch {
		case i%4 == 3:
			requests = append(requests, again[i/4%len(again)])
		default:
			victim := again[i%len(again)]
			requests = append(requests, join{Token: at.Forged[i%len(at.Forged)], Link: victim.Link})
		}
	}
	accepted, answered, err := r.refused(ctx, requests)
	if err != nil {
		return err
	}
	if err := comp.ask(order{}, &after); err != nil {
		return err
	}
	t.Add(benchtable.Row{Name: fmt.Sprintf("accepted of %d forged or repeated requests", answered), Value: float64(accepted), Unit: "accepted", Limit: benchtable.AtMost})
	t.Add(benchtable.Row{Name: "members Graph was asked to add meanwhile", Value: float64(after.Added - before.Added), Unit: "requests", Limit: benchtable.AtMost})
	return nil
}

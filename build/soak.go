package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// seedsVariable tells a seeded test how many seeds to try. A test that reads it
// is found by that: there is no list to keep.
const seedsVariable = "CHATPANE_SEEDS"

// firstVariable tells a seeded test with which seed to begin, so that very many
// can be tried in several runs.
const firstVariable = "CHATPANE_FIRST"

// killsVariable tells a test that kills processes how often to do it.
const killsVariable = "CHATPANE_KILLS"

// crash is the name under which soak kills processes; sync is short for the
// seeded package of that kind.
const crash, syncName, syncPackage = "crash", "sync", "syncer"

// soaked is what the seeded tests tell of themselves: how many histories they
// played, and in how many a promise was broken.
type soaked struct{ seeds, violations int }

// read takes a line of a test, which is of use if it says "soak: 10 seeds, 0
// violations".
func (s *soaked) read(line string) {
	_, told, ok := strings.Cut(line, "soak: ")
	if !ok {
		return
	}
	var more soaked
	if n, _ := fmt.Sscanf(told, "%d seeds, %d violations", &more.seeds, &more.violations); n == 2 {
		s.seeds, s.violations = s.seeds+more.seeds, s.violations+more.violations
	}
}

// verdict is the line that people look for. What failed outside of a seed, a
// process that ended early say, is a violation as well.
func (s soaked) verdict(failed int, took time.Duration) string {
	return fmt.Sprintf("%d seeds, %d violations in %s", s.seeds, max(s.violations, failed), took.Round(time.Second/10))
}

// soak runs the seeded tests of one package with very many seeds, or kills
// processes very often, and prints how many histories that were, how many broke
// a promise, and how long it took.
func (p *program) soak(ctx context.Context, args []string) error {
	seeded, err := p.seeded()
	if err != nil {
		return err
	}
	known := append(slices.Clone(seeded), syncName, crash)
	n, first, ok := soakNumbers(args)
	if !ok || !slices.Contains(known, args[0]) {
		return usage("go run ./build soak NAME [TIMES [FIRST SEED]], where NAME is one of: " + strings.Join(known, ", "))
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	name, run := args[0], append(uncached(), "-timeout", "24h", "-tags", tags("demo"))
	env := []string{fmt.Sprintf("%s=%d", seedsVariable, n), fmt.Sprintf("%s=%d", firstVariable, first)}
	switch name {
	case crash:
		env = []string{fmt.Sprintf("%s=%d", killsVariable, n)}
		run = append(run, "-run", "Kill", "./app/store", "./app/session")
	case syncName:
		run = append(run, "./app/"+syncPackage)
	default:
		run = append(run, "./app/"+name)
	}
	g := p.goTest(fmt.Sprintf("soak %s, %d times", name, n), env, run...)
	play := g.run
	g.run = func(ctx context.Context) outcome {
		start := time.Now()
		got := play(ctx)
		took := time.Since(start)
		if name == crash {
			p.say("%d kills in each of two tests, %d violations in %s", n, got.failed, took.Round(time.Second/10))
		} else {
			p.say("%s", got.soaked.verdict(got.failed, took))
		}
		return got
	}
	return p.gates(ctx, "", []gate{g})
}

// uncached has go test neither answer with an earlier result nor keep this one:
// to keep it, it goes through the log of all files that were opened, which with
// 10,000 worlds on disks takes 2 GB and longer than the test.
func uncached() []string { return []string{"-count=1"} }

// soakNumbers reads how often, 10,000 seeds or 100 kills unless that is said, and
// the first seed.
func soakNumbers(args []string) (n, first int, ok bool) {
	if len(args) == 0 || len(args) > 3 {
		return 0, 0, false
	}
	n = 10000
	if args[0] == crash {
		n = 100
	}
	var err1, err2 error
	if len(args) > 1 {
		n, err1 = strconv.Atoi(args[1])
	}
	if len(args) > 2 {
		first, err2 = strconv.Atoi(args[2])
	}
	return n, first, errors.Join(err1, err2) == nil && n > 0 && first >= 0
}

// seededTests is the gate that tries a number of seeds in every package that
// has any, and kills processes. Without the race detector, which makes a seed
// five times as slow: go test -race tries a few of them.
func (p *program) seededTests(seeds, kills int, more ...string) gate {
	name := fmt.Sprintf("seeded tests, %d seeds", seeds)
	seeded, err := p.seeded()
	if err == nil && len(seeded) == 0 {
		err = errors.New("no test reads " + seedsVariable)
	}
	if err != nil {
		return once(name, func(context.Context) error { return err })
	}
	args := append(append(uncached(), "-timeout", "30m", "-tags", tags("demo")), more...)
	for _, pkg := range seeded {
		args = append(args, "./app/"+pkg)
	}
	return p.goTest(name, []string{fmt.Sprint(seedsVariable, "=", seeds), fmt.Sprint(killsVariable, "=", kills)}, args...)
}

// simulations is a pattern of the tests that play whole histories of a seed.
const simulations = "^Test(StoreBecomesTheTruth|ASharedWorldEndsInOneTruth|RandomHistoriesLoseAndRepeatNothing|RandomWorldsLetInOnlyWhoMay)$"

// seeded returns the folders below app whose tests read the number of seeds.
func (p *program) seeded() ([]string, error) {
	var found []string
	app := p.path("app")
	err := filepath.WalkDir(app, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(data, []byte(`"`+seedsVariable+`"`)) {
			return err
		}
		dir, err := filepath.Rel(app, filepath.Dir(path))
		if dir = filepath.ToSlash(dir); !slices.Contains(found, dir) {
			found = append(found, dir)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for seeded tests: %w", err)
	}
	return found, nil
}

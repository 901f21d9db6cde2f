package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
)

// soaks are the seeded tests worth hours: their package and name.
var soaks = map[string]struct{ pkg, test string }{
	"outbox":  {"./app/outbox", "Seed"},
	"session": {"./app/session", "Seed"},
	"store":   {"./app/store", "Seed"},
	"syncer":  {"./app/syncer", "Seed"},
	"vault":   {"./app/vault", "Seed"},
}

// soak runs one seeded test with so many seeds that it takes hours.
func (p *program) soak(ctx context.Context, args []string) error {
	var names []string
	for name := range soaks {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(args) != 1 || soaks[args[0]].pkg == "" {
		return usage(fmt.Sprintf("go run ./build soak NAME, where NAME is one of %s", strings.Join(names, ", ")))
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	s := soaks[args[0]]
	return p.gates(ctx, "", []gate{p.goTest("soak "+args[0], []string{"CHATPANE_SEEDS=200000"},
		"-timeout", "12h", "-tags", tags("demo"), "-run", s.test, s.pkg)})
}

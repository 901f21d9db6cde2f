package main

// These tests look inside: a main package has no outside.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestToolVersions(t *testing.T) {
	t.Parallel()
	node := need{name: "Node", major: 20, minor: 19, fix: "Install it."}
	for printed, ok := range map[string]bool{
		"v20.19.0\n": true, "v22.1.0": true, "v20.18.3": false, "v18.20.4": false, "nonsense": false,
	} {
		err := node.check(printed)
		if (err == nil) != ok {
			t.Errorf("%q: got %v, want it accepted: %v", printed, err, ok)
		}
		if err != nil && !strings.Contains(err.Error(), "Install it.") {
			t.Errorf("%q: the error does not say what to do: %v", printed, err)
		}
	}
	golang := need{name: "Go", major: 1, minor: 26}
	if err := golang.check("go1.26.8"); err != nil {
		t.Errorf("go1.26.8: %v", err)
	}
	if err := golang.check("go1.9"); err == nil {
		t.Error("go1.9 is older than 1.26")
	}
}

func TestClosingLines(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]tally{
		"x\n12 passed, 0 failed\n":               {12, 0, 0},
		"12 passed, 3 failed, 4 skipped":         {12, 3, 4},
		"1 passed, 1 failed\n2 passed, 0 failed": {2, 0, 0},
		"2 passed, 1 failed\nexit status 1\n":    {2, 1, 0},
	} {
		if got, ok := closingLine(printed); !ok || got != want {
			t.Errorf("%q: got %v %v, want %v", printed, got, ok, want)
		}
	}
	if _, ok := closingLine("all is well"); ok {
		t.Error("a text without a closing line has none")
	}
	for want, t1 := range map[string]tally{"3 passed, 0 failed": {3, 0, 0}, "3 passed, 1 failed, 2 skipped": {3, 1, 2}} {
		if got := t1.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

const testEvents = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA/good","Output":"all is well\n"}
{"Action":"pass","Package":"p","Test":"TestA/good"}
{"Action":"output","Package":"p","Test":"TestA/bad","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA/bad"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB/one"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:1: undefined: x\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q [q.test]"}
{"Action":"skip","Package":"none"}
`

func TestSoakReadsHowOftenAndFromWhere(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][3]int{
		"sync": {10000, 0, 1}, "crash": {100, 0, 1}, "sync 5": {5, 0, 1}, "companion 5000 20000": {5000, 20000, 1},
		"": {}, "sync 0": {}, "sync x": {}, "sync 5 -1": {}, "sync 5 y": {}, "sync 5 6 7": {},
	} {
		n, first, ok := soakNumbers(strings.Fields(args))
		if ok != (want[2] == 1) || ok && (n != want[0] || first != want[1]) {
			t.Errorf("%q: %d from %d, %v; want %v", args, n, first, ok, want)
		}
	}
}

func TestSoakTellsSeedsAndViolations(t *testing.T) {
	t.Parallel()
	const events = `{"Action":"output","Package":"p","Test":"TestA","Output":"    sim_test.go:9: soak: 7000 seeds, 0 violations\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    sim_test.go:9: soak: 3000 seeds, 2 violations\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"soak: all of them\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
`
	got := readTestEvents(strings.NewReader(events))
	if want := (soaked{10000, 2}); got.soaked != want {
		t.Errorf("got %+v, want %+v", got.soaked, want)
	}
	for want, is := range map[string]string{
		"10000 seeds, 2 violations in 1m33.2s": got.soaked.verdict(got.failed, 93*time.Second+170*time.Millisecond),
		"10000 seeds, 0 violations in 5s":      soaked{10000, 0}.verdict(0, 5*time.Second),
		"0 seeds, 1 violations in 0s":          soaked{}.verdict(1, 0),
	} {
		if is != want {
			t.Errorf("got %q, want %q", is, want)
		}
	}
}

func TestGoTestEventsAreCounted(t *testing.T) {
	t.Parallel()
	got := readTestEvents(strings.NewReader(testEvents))
	// The bad part of TestA and the package that does not build; tests made of
	// others are counted by their parts.
	if want := (tally{passed: 2, failed: 2, skipped: 1}); got.tally != want {
		t.Errorf("got %v, want %v", got.tally, want)
	}
	for _, want := range []string{"got 1, want 2", "undefined: x"} {
		if !strings.Contains(got.output, want) {
			t.Errorf("the output lacks %q: %s", want, got.output)
		}
	}
	if strings.Contains(got.output, "all is well") {
		t.Errorf("the output shows what passed: %s", got.output)
	}
}

func TestTreesAreSummedByNameAndContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := writeFile(filepath.Join(dir, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		s, err := sumTree(dir, "dist")
		if err != nil {
			t.Fatal(err)
		}
		return string(s)
	}
	write("src/a.ts", "1")
	first := sum()
	write("dist/a.js", "made")
	if sum() != first {
		t.Error("a skipped folder counts")
	}
	write("src/a.ts", "2")
	second := sum()
	if second == first {
		t.Error("a changed file does not count")
	}
	if err := os.Rename(filepath.Join(dir, "src", "a.ts"), filepath.Join(dir, "src", "b.ts")); err != nil {
		t.Fatal(err)
	}
	if sum() == second {
		t.Error("a changed name does not count")
	}
}

func TestFoldersDiffer(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(a, "same"): "x", filepath.Join(b, "same"): "x",
		filepath.Join(a, "go", "changed"): "x", filepath.Join(b, "go", "changed"): "y",
		filepath.Join(a, "left"): "", filepath.Join(b, "right"): "",
	} {
		if err := writeFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := differ(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := "go/changed left right"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestPackageWithSandboxIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		ok      bool
	}{
		"a clean one":                      {"…chatpane/app/bridge.New…", true},
		"one with the sandbox":             {"…chatpane/app/bridge.New…chatpane/app/sandbox.New…", false},
		"one in which nothing can be seen": {"…", false},
	} {
		file := filepath.Join(t.TempDir(), "app")
		if err := writeFile(file, []byte(c.content)); err != nil {
			t.Fatal(err)
		}
		if err := noSandboxIn(file); (err == nil) != c.ok {
			t.Errorf("%s: got %v, want it accepted: %v", name, err, c.ok)
		}
	}
}

// A simulation that is renamed would else no longer be played, unseen.
func TestTheSimulationsAreThere(t *testing.T) {
	t.Parallel()
	names := strings.Split(strings.Trim(simulations, "^Test()$"), "|")
	if len(names) < 3 {
		t.Fatalf("got %q", names)
	}
	found := map[string]bool{}
	p := program{root: ".."}
	seeded, err := p.seeded()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range seeded {
		data, err := os.ReadFile(filepath.Join("..", "app", dir, "sim_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.Contains(string(data), "func Test"+name+"(") {
				found[name] = true
			}
		}
	}
	if len(found) != len(names) {
		t.Errorf("found %v of %q", found, names)
	}
}

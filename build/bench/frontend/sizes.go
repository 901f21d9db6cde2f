package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"chatpane/build/benchtable"
)

// The gates of frontend.md, in kB (1,000 bytes) of gzip.
const (
	maxFirst    = 130
	maxComposer = 90
	maxStyles   = 12
)

var (
	// entry finds the script and style sheets that the page names itself.
	entry = regexp.MustCompile(`(?:src|href)="\./(assets/[^"]+\.(?:js|css))"`)
	// static finds the chunks that a chunk needs before it runs.
	static = regexp.MustCompile(`(?:from|import)\s*"\./([^"]+\.js)"`)
)

// addSizes adds what is read before the list shows, and what the composer adds.
func addSizes(t *benchtable.Table, dist string) error {
	page, err := os.ReadFile(filepath.Join(dist, "index.html"))
	if err != nil {
		return fmt.Errorf("read the built pane: %w", err)
	}
	first := map[string]bool{}
	var styles float64
	for _, m := range entry.FindAllStringSubmatch(string(page), -1) {
		file := filepath.Join(dist, filepath.FromSlash(m[1]))
		if strings.HasSuffix(file, ".css") {
			size, err := zipped(file)
			if err != nil {
				return err
			}
			styles += size
		} else if err := follow(file, first); err != nil {
			return err
		}
	}
	// Its words are read before anything is drawn.
	words, err := chunk(dist, "en")
	if err != nil {
		return err
	}
	if err := follow(words, first); err != nil {
		return err
	}
	firstSize, err := sum(first)
	if err != nil {
		return err
	}
	// A chat is read once the list shows, the composer when a chat first does.
	chatSize, known, err := more(dist, "ChatView", first)
	if err != nil {
		return err
	}
	composerSize, _, err := more(dist, "Editor", known)
	if err != nil {
		return err
	}
	add := func(name string, value, target float64) {
		t.Add(benchtable.Row{Name: name, Value: value, Unit: "kB", Limit: benchtable.AtMost, Target: target})
	}
	add("first-load JavaScript with English, gzip", firstSize, maxFirst)
	t.Add(benchtable.Row{Name: "a chat's chunks, read after the list, gzip", Value: chatSize, Unit: "kB"})
	add("composer's chunk, gzip", composerSize, maxComposer)
	add("first-load CSS, gzip", styles, maxStyles)
	return nil
}

// more is the size of the chunk called name and all it needs beyond what is
// known, and then all that is known.
func more(dist, name string, known map[string]bool) (float64, map[string]bool, error) {
	file, err := chunk(dist, name)
	if err != nil {
		return 0, nil, err
	}
	all := maps.Clone(known)
	if err := follow(file, all); err != nil {
		return 0, nil, err
	}
	own := maps.Clone(all)
	for file := range known {
		delete(own, file)
	}
	size, err := sum(own)
	return size, all, err
}

// chunk is the file of the chunk called name, without its hash.
func chunk(dist, name string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dist, "assets", name+"-*.js"))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("look for the chunk %s of the built pane: %d files", name, len(found))
	}
	return found[0], nil
}

// follow adds a chunk and all that it needs to seen.
func follow(file string, seen map[string]bool) error {
	if seen[file] {
		return nil
	}
	seen[file] = true
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the built pane: %w", err)
	}
	for _, m := range static.FindAllSubmatch(text, -1) {
		if err := follow(filepath.Join(filepath.Dir(file), string(m[1])), seen); err != nil {
			return err
		}
	}
	return nil
}

func sum(files map[string]bool) (float64, error) {
	total := 0.0
	for file := range files {
		size, err := zipped(file)
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total, nil
}

// zipped is the size of a file as gzip sends it, in kB.
func zipped(file string) (float64, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read the built pane: %w", err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return float64(b.Len()) / 1000, nil
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestPrintsOneLineAndServesUntilInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-chats", "10", "-messages", "100", "-cases", "5"}, in, io.Discard)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatalf("no line: %v, %v", lines.Err(), <-ended)
	}
	var d map[string]any
	if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if got, want := strings.Join(keys, " "), "caFile cases chats clientId companion dataverse discovery entra entraTls graph tenantId users"; got != want {
		t.Errorf("got keys %q, want %q", got, want)
	}
	user := d["users"].([]any)[0].(map[string]any)
	for service, path := range map[string]string{"graph": "/me", "dataverse": "/WhoAmI"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", d[service].(string)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+user["tokens"].(map[string]any)[service].(string))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("%s: got status %d", service, res.StatusCode)
		}
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if lines.Scan() {
		t.Errorf("a second line: %s", lines.Text())
	}
}

func TestTellsOfTheKnobsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		ctx, interrupt := context.WithCancel(t.Context())
		out, in := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- run(ctx, []string{"-chats", "5", "-messages", "20", "-cases", "5", fmt.Sprintf("-knobs=%v", asked)}, in, io.Discard)
			in.Close()
		}()
		var d struct{ Control, Secret string }
		if err := json.NewDecoder(out).Decode(&d); err != nil {
			t.Fatal(err)
		}
		if got := d.Control != "" && d.Secret != ""; got != asked {
			t.Errorf("asked %v: got %q and %q", asked, d.Control, d.Secret)
		}
		interrupt()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestRefusesBadFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-addr", "0.0.0.0:0"}, {"-limits", "maybe"}, {"-fault", "banana"}, {"-fault", "revoke=nobody"}, {"-banana"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

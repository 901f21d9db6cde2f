package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chatpane/build/benchtable"
)

// list is one kind of list request, as the product makes it.
type list struct {
	name   string
	path   func(at ready, n int) string
	packed bool // the answer is asked for gzipped
	target float64
}

var lists = []list{
	{"lists of 50 chats with members and preview", chatList, false, 2000},
	{"lists of 50 messages, all connected chats in turn", messageList, false, 2000},
	{"lists of 50 messages changed since, none", sinceList, false, 2000},
	{"lists of 50 messages, gzipped", messageList, true, 0},
}

func chatList(ready, int) string {
	return "/me/chats?" + url.Values{"$top": {"50"}, "$expand": {"members,lastMessagePreview"}, "$orderby": {"lastMessagePreview/createdDateTime desc"}}.Encode()
}

func messageList(at ready, n int) string {
	return "/chats/" + url.PathEscape(at.Chats[n%len(at.Chats)]) + "/messages?" + url.Values{"$top": {"50"}}.Encode()
}

func sinceList(at ready, n int) string {
	return "/chats/" + url.PathEscape(at.Chats[n%len(at.Chats)]) + "/messages?" + url.Values{
		"$top": {"50"}, "$orderby": {"lastModifiedDateTime desc"}, "$filter": {"lastModifiedDateTime gt " + time.Now().UTC().Format(time.RFC3339)}}.Encode()
}

const (
	lanes   = 4
	warm    = 500             // requests before it counts
	measure = 4 * time.Second // that count
)

// measure adds how many requests the sandbox answers per second of its own
// processor time.
func (l list) measure(ctx context.Context, t *benchtable.Table, at ready, p process) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: lanes, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var n atomic.Int64
	ask := func() error { return l.ask(ctx, client, at, int(n.Add(1))) }
	for range warm {
		if err := ask(); err != nil {
			return err
		}
	}
	before, cpu, known := n.Load(), p.time(), p.known()
	start := time.Now()
	errs := make([]error, lanes)
	var wait sync.WaitGroup
	for i := range lanes {
		wait.Go(func() {
			for errs[i] == nil && time.Since(start) < measure {
				errs[i] = ask()
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	spent := time.Since(start).Seconds()
	if known {
		spent = p.time() - cpu
	}
	row := benchtable.Row{Name: l.name + " per second of one core", Value: float64(n.Load()-before) / spent, Unit: "requests"}
	if l.target > 0 {
		row.Limit, row.Target = benchtable.AtLeast, l.target
	}
	t.Add(row)
	return nil
}

func (l list) ask(ctx context.Context, client *http.Client, at ready, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.Graph+l.path(at, n), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+at.Token)
	if l.packed {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	// The main agent is no member of some connected chats; that costs as much to find out.
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusForbidden {
		return fmt.Errorf("%s: status %d", l.name, res.StatusCode)
	}
	return nil
}

// process is a process of this machine; what cannot be known of it is said.
type process int

func (p process) known() bool { _, err := os.Stat(fmt.Sprintf("/proc/%d/stat", p)); return err == nil }

// ticksPerSecond is what Linux counts processor time in, on every machine since
// 2.6 (man 5 proc).
const ticksPerSecond = 100

// time is the processor time spent so far, in seconds.
func (p process) time() float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return (user + system) / ticksPerSecond
}

// memory is the resident memory in megabytes, no number where the system does
// not tell it.
func (p process) memory() float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	if err != nil {
		return benchtable.NotMeasured()
	}
	for line := range strings.Lines(string(data)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			if err != nil {
				break
			}
			return n / 1024
		}
	}
	return benchtable.NotMeasured()
}

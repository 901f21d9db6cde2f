package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// child is a process of this program in another role, spoken to in lines of JSON.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func start(ctx context.Context, role string, env []string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-role", role)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	c := &child{cmd: cmd}
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(bufio.NewReader(out))
	return c, cmd.Start()
}

func (c *child) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait() // it ends as its input does
}

func (c *child) read(into any) error {
	if err := c.out.Decode(into); err != nil {
		return fmt.Errorf("wait for %s: %w", c.cmd.Args[2], err)
	}
	return nil
}

func (c *child) ask(what, into any) error {
	if err := json.NewEncoder(c.in).Encode(what); err != nil {
		return err
	}
	return c.read(into)
}

// cpu is the processor time of the process so far, 0 where the system does not tell.
func (c *child) cpu() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if errors.Join(err1, err2) != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond // of 100 a second
}

// runner sends requests to a companion.
type runner struct{ origin, environment string }

// times is how long requests took.
type times struct {
	took time.Duration
	each []time.Duration
}

// at is a percentile in milliseconds.
func (t times) at(percent int) float64 {
	slices.Sort(t.each)
	return float64(t.each[(len(t.each)-1)*percent/100].Microseconds()) / 1000
}

// all sends joins that must succeed.
func (r runner) all(ctx context.Context, list []join) (times, error) {
	out := times{each: make([]time.Duration, len(list))}
	begin := time.Now()
	err := r.each(ctx, list, func(i, status int, outcome string, took time.Duration) error {
		out.each[i] = took
		if status != http.StatusOK || outcome != "joined" {
			return fmt.Errorf("join %d was answered %d %s", i, status, outcome)
		}
		return nil
	})
	out.took = time.Since(begin)
	return out, err
}

// refused sends what must be refused and counts what was not.
func (r runner) refused(ctx context.Context, list []join) (accepted, answered int, err error) {
	var mu sync.Mutex
	err = r.each(ctx, list, func(_, status int, _ string, _ time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		answered++
		if status < 400 {
			accepted++
		}
		return nil
	})
	return accepted, answered, err
}

// each sends the requests, some at once, and hands each answer over.
func (r runner) each(ctx context.Context, list []join, heard func(i, status int, outcome string, took time.Duration) error) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	next := make(chan int)
	failed := make([]error, atOnce)
	var wg sync.WaitGroup
	for w := range atOnce {
		wg.Go(func() {
			for i := range next {
				if failed[w] != nil {
					continue
				}
				begin := time.Now()
				status, outcome, err := r.send(ctx, client, list[i])
				if err == nil {
					err = heard(i, status, outcome, time.Since(begin))
				}
				failed[w] = err
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(failed...)
}

func (r runner) send(ctx context.Context, client *http.Client, j join) (status int, outcome string, err error) {
	body, err := json.Marshal(map[string]string{"environment": r.environment, "link": j.Link})
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.origin+"/join", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+j.Token)
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	var got struct{ Outcome string }
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return 0, "", fmt.Errorf("read the answer: %w", err)
	}
	return res.StatusCode, got.Outcome, nil
}

// writableCase is a case and who may write it.
type writableCase struct {
	id      string
	writers []*sandbox.Person
}

// writable is the case that most of some people may write.
func writable(s *sandbox.Sandbox, people []*sandbox.Person) (writableCase, error) {
	var best writableCase
	for _, c := range s.Cases {
		if c.Resolved {
			continue
		}
		got := writableCase{id: c.ID}
		for _, p := range people {
			rights, err := access(s, p, c.ID)
			if err != nil {
				return best, err
			}
			if slices.Contains(rights, "WriteAccess") {
				got.writers = append(got.writers, p)
			}
		}
		if len(got.writers) > len(best.writers) {
			best = got
		}
	}
	return best, nil
}

func access(s *sandbox.Sandbox, p *sandbox.Person, id string) ([]string, error) {
	origin := s.Origins()["dataverse"]
	h, err := wire.NewClient(origin, wire.Options{Transport: s.Transport(), AllowLoopbackHTTP: true, Token: func(context.Context, string) (string, error) {
		return s.Token(p.OID, "dataverse"), nil
	}})
	if err != nil {
		return nil, err
	}
	got, err := dataverse.New(&odata.Client{Base: origin + "/api/data/v9.2", HTTP: h}).OpenRecord(context.Background(),
		dataverse.Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title"}, id, p.SystemUserID)
	return got.Access, err
}

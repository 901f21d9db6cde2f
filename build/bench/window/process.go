//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ticksPerSecond is in what /proc counts CPU time, on every Linux that Go knows.
const ticksPerSecond = 100

// family returns a process and all that descend from it: the webview keeps its
// page and its network in processes of their own.
func family(root int) ([]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, file := range files {
		fields, err := stat(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// stat returns the fields of a stat file behind the program's name.
func stat(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	end := bytes.LastIndexByte(b, ')')
	fields := strings.Fields(string(b[end+1:]))
	if end < 0 || len(fields) < 13 {
		return nil, fmt.Errorf("%s is not in the form known", file)
	}
	return fields, nil
}

// memory is the proportional set size of a process and its family, in MB: what
// would be free without them.
func memory(root int) (float64, error) {
	pids, err := family(root)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, pid := range pids {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, fmt.Errorf("read the memory of %d: %w", pid, err)
		}
		kb, err := number(string(b), "Pss:")
		if err != nil {
			return 0, fmt.Errorf("read the memory of %d: %w", pid, err)
		}
		total += kb
	}
	return float64(total) / 1024, nil
}

// number is the first number of the line that begins with name. One that is not
// there is an error: it would read as nothing used.
func number(text, name string) (int, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			first, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return strconv.Atoi(first)
		}
	}
	return 0, fmt.Errorf("no line %q", name)
}

// usage is what a program has used since its start.
type usage struct {
	cpu    float64 // seconds, of the main process
	others float64 // seconds, of the webview's own processes
	// wakes counts how often the Go side went to sleep and was woken. Threads
	// of Go carry the program's name; those of GTK and WebKit have names of
	// their own, and the first is GTK's main loop.
	wakes float64
}

func usageOf(root int) (usage, error) {
	var u usage
	pids, err := family(root)
	if err != nil {
		return u, err
	}
	if len(pids) == 1 {
		return u, fmt.Errorf("process %d has no webview", root)
	}
	for _, pid := range pids {
		seconds, err := cpuOf(pid)
		if err != nil {
			return u, err
		}
		if pid == root {
			u.cpu = seconds
		} else {
			u.others += seconds
		}
	}
	u.wakes, err = wakesOf(root)
	return u, err
}

func cpuOf(pid int) (float64, error) {
	fields, err := stat(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	const user, system = 11, 12 // utime and stime, counted behind the name
	u, err := strconv.Atoi(fields[user])
	if err != nil {
		return 0, err
	}
	s, err := strconv.Atoi(fields[system])
	return float64(u+s) / ticksPerSecond, err
}

func wakesOf(pid int) (float64, error) {
	own, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return 0, err
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return 0, err
	}
	total, threads := 0, 0
	for _, task := range tasks {
		name, err := os.ReadFile(filepath.Join(task, "comm"))
		if err != nil || !bytes.Equal(name, own) || filepath.Base(task) == strconv.Itoa(pid) {
			continue // it has ended, is not Go's, or is the main loop
		}
		status, err := os.ReadFile(filepath.Join(task, "status"))
		if err != nil {
			continue // it has ended
		}
		n, err := number(string(status), "voluntary_ctxt_switches:")
		if err != nil {
			return 0, fmt.Errorf("read the wake-ups of %s: %w", task, err)
		}
		total, threads = total+n, threads+1
	}
	if threads == 0 {
		return 0, fmt.Errorf("process %d has no threads of Go", pid)
	}
	return float64(total), nil
}

// since is what was used after an earlier moment.
func (u usage) since(before usage) usage {
	return usage{u.cpu - before.cpu, u.others - before.others, u.wakes - before.wakes}
}

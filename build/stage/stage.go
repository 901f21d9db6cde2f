//go:build linux

// Package stage sets up a desktop that nobody looks at: a virtual X display, a
// D-Bus session, an unlocked keyring, the accessibility bus and a browser, all
// with folders of their own.
//
// It promises that two stages, or a stage and the desktop of the person at the
// machine, never see each other, and that Close ends every process it started.
// It refuses anything but Linux with X11 tools installed.
package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Options say what the stage looks like.
type Options struct {
	Width, Height int
	// Pixels keeps what the display shows in a file, for Stage.Pixels.
	Pixels bool
	// Log receives what the programs of the stage print; nil discards it.
	Log io.Writer
}

// Stage is a running desktop.
type Stage struct {
	dir      string // temporary, removed by Close
	env      []string
	address  string // of the session bus
	log      io.Writer
	running  []*process
	released bool
}

type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// keyringPassword unlocks the login keyring of a stage, which holds nothing but
// what the app under test puts there and dies with the stage.
const keyringPassword = "stage"

// Start sets up a desktop. Its programs live until Close.
func Start(ctx context.Context, o Options) (*Stage, error) {
	dir, err := os.MkdirTemp("", "chatpane-stage-")
	if err != nil {
		return nil, err
	}
	s := &Stage{dir: dir, log: o.Log}
	if s.log == nil {
		s.log = io.Discard
	}
	for _, part := range []struct {
		name string
		up   func(context.Context) error
	}{
		{"folders", s.folders},
		{"display", func(ctx context.Context) error { return s.display(ctx, o) }},
		{"session bus", s.bus},
		{"keyring", s.keyring},
		{"accessibility bus", s.accessibility},
	} {
		if err := part.up(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("start the %s of a virtual desktop: %w", part.name, err), s.Close())
		}
	}
	return s, nil
}

// Env is the environment in which programs find this desktop.
func (s *Stage) Env() []string { return append([]string{}, s.env...) }

// Bus is the address of the session bus in D-Bus' notation.
func (s *Stage) Bus() string { return s.address }

// Dir is the stage's own folder; Close removes it.
func (s *Stage) Dir() string { return s.dir }

// Pixels is the file, in XWD's format, that X maps and draws into: who maps it
// too sees each pixel as soon as it is drawn, without asking.
func (s *Stage) Pixels() string { return filepath.Join(s.dir, "Xvfb_screen0") }

// Set adds KEY=value pairs to the environment of what is started from now on.
func (s *Stage) Set(pairs ...string) {
	for _, pair := range pairs {
		key, _, _ := strings.Cut(pair, "=")
		kept := s.env[:0:0]
		for _, e := range s.env {
			if !strings.HasPrefix(e, key+"=") {
				kept = append(kept, e)
			}
		}
		s.env = append(kept, pair)
	}
}

// Command prepares a program of this desktop.
func (s *Stage) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.env
	cmd.Stderr = s.log
	// A group of its own, so that Close can end its children too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Launch starts cmd and lets Close end it, with its children.
func (s *Stage) Launch(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ends is of no interest: Close ends it
		close(p.done)
	}()
	s.running = append(s.running, p)
	return nil
}

// Close ends what was started, the newest first, and removes the folder.
func (s *Stage) Close() error {
	if s.released {
		return nil
	}
	s.released = true
	for i := len(s.running) - 1; i >= 0; i-- {
		p := s.running[i]
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
		patience := time.NewTimer(3 * time.Second)
		select {
		case <-p.done:
		case <-patience.C:
		}
		patience.Stop()
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // children that outlived it
		<-p.done
	}
	return os.RemoveAll(s.dir)
}

// inherited are the only variables a stage takes from its surroundings.
var inherited = []string{"PATH", "LANG", "USER", "LOGNAME", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"}

func (s *Stage) folders(context.Context) error {
	for _, key := range inherited {
		if value, ok := os.LookupEnv(key); ok {
			s.env = append(s.env, key+"="+value)
		}
	}
	if os.Getenv("LANG") == "" {
		s.env = append(s.env, "LANG=C.UTF-8")
	}
	for key, name := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache",
		"XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	} {
		path := filepath.Join(s.dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		s.Set(key + "=" + path)
	}
	return nil
}

// display starts X on a free number, which it tells through a pipe.
func (s *Stage) display(ctx context.Context, o Options) error {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ours.Close()
	args := []string{"-displayfd", "3", "-nolisten", "tcp", "-screen", "0", fmt.Sprintf("%dx%dx24", o.Width, o.Height)}
	if o.Pixels {
		args = append(args, "-fbdir", s.dir)
	}
	cmd := s.Command(context.WithoutCancel(ctx), "Xvfb", args...)
	cmd.ExtraFiles = []*os.File{theirs}
	err = s.Launch(cmd)
	theirs.Close()
	if err != nil {
		return err
	}
	number, err := firstLine(ctx, ours)
	if err != nil {
		return err
	}
	s.Set("DISPLAY=:"+number, "GDK_BACKEND=x11", "NO_AT_BRIDGE=0", "LIBGL_ALWAYS_SOFTWARE=1")
	return nil
}

func (s *Stage) bus(ctx context.Context) error {
	cmd := s.Command(context.WithoutCancel(ctx), "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.Launch(cmd); err != nil {
		return err
	}
	address, err := firstLine(ctx, out)
	if err != nil {
		return err
	}
	s.address = address
	s.Set("DBUS_SESSION_BUS_ADDRESS=" + address)
	return nil
}

func (s *Stage) keyring(ctx context.Context) error {
	cmd := s.Command(context.WithoutCancel(ctx), "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader(keyringPassword)
	if err := s.Launch(cmd); err != nil {
		return err
	}
	return s.owned(ctx, "org.freedesktop.secrets")
}

func (s *Stage) accessibility(ctx context.Context) error {
	if err := s.Launch(s.Command(context.WithoutCancel(ctx), "/usr/libexec/at-spi-bus-launcher", "--launch-immediately")); err != nil {
		return err
	}
	if err := s.owned(ctx, "org.a11y.Bus"); err != nil {
		return err
	}
	// Programs build their accessibility trees only when someone reads them.
	for _, flag := range []string{"IsEnabled", "ScreenReaderEnabled"} {
		err := s.Command(ctx, "dbus-send", "--session", "--print-reply", "--dest=org.a11y.Bus", "/org/a11y/bus",
			"org.freedesktop.DBus.Properties.Set", "string:org.a11y.Status", "string:"+flag, "variant:boolean:true").Run()
		if err != nil {
			return fmt.Errorf("announce a screen reader: %w", err)
		}
	}
	return nil
}

// owned waits until a program offers name on the session bus.
func (s *Stage) owned(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := s.Command(ctx, "dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/",
			"org.freedesktop.DBus.NameHasOwner", "string:"+name).Output()
		if err == nil && strings.Contains(string(answer), "true") {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", name, ctx.Err())
		}
	}
}

// firstLine returns the first line of what a program tells about itself.
func firstLine(ctx context.Context, r io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	told := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(r).ReadString('\n')
		told <- answer{strings.TrimSpace(line), err}
	}()
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	select {
	case a := <-told:
		return a.line, a.err
	case <-patience.C:
		return "", errors.New("it says nothing")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

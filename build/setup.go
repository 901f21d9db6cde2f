package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// debianPackages are what a Debian or Ubuntu needs to build the app, to show it
// on a virtual display and to drive it there.
var debianPackages = []string{
	"gcc", "pkg-config", "libgtk-3-dev", "libwebkit2gtk-4.1-dev",
	"fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji",
	"gnome-keyring", "libsecret-tools", "dbus-x11", "at-spi2-core", "xdg-utils",
	"xvfb", "xdotool", "imagemagick", "chromium", "webkit2gtk-driver",
}

// setup makes the machine ready: the tools are checked, and what can be fetched
// is fetched. It is quick when nothing is missing.
func (p *program) setup(ctx context.Context, extra ...string) error {
	if err := p.checkTools(ctx); err != nil {
		return err
	}
	if err := p.systemPackages(ctx, append(append([]string{}, debianPackages...), extra...)); err != nil {
		return err
	}
	return p.nodeModules(ctx)
}

// need is a tool that must be there, and from which version on.
type need struct {
	name    string
	version []string // the command that prints its version
	major   int
	minor   int
	fix     string
}

var needs = []need{
	{"Go", []string{"go", "env", "GOVERSION"}, 1, 26, "Install Go 1.26 or newer from https://go.dev/dl/."},
	{"Node", []string{"node", "--version"}, 20, 19, "Install Node 20.19 or newer from https://nodejs.org/."},
	{"npm", []string{"npm", "--version"}, 9, 0, "Install npm; it comes with Node from https://nodejs.org/."},
	{"git", []string{"git", "--version"}, 2, 0, "Install git from https://git-scm.com/, on Debian: apt-get install git."},
}

func (p *program) checkTools(ctx context.Context) error {
	var problems []error
	for _, n := range needs {
		printed, err := p.quiet(ctx, tool(n.version...))
		if err != nil {
			problems = append(problems, advice("%s is missing. %s", n.name, n.fix))
			continue
		}
		if problem := n.check(printed); problem != nil {
			problems = append(problems, problem)
		}
	}
	return errors.Join(problems...)
}

var versionNumber = regexp.MustCompile(`(\d+)\.(\d+)`)

// check compares what the tool printed about itself with what is needed.
func (n need) check(printed string) error {
	found := versionNumber.FindStringSubmatch(printed)
	if found == nil {
		return advice("%s does not tell its version (it said %q). %s", n.name, strings.TrimSpace(printed), n.fix)
	}
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	if major < n.major || major == n.major && minor < n.minor {
		return advice("%s %s is too old. %s", n.name, found[0], n.fix)
	}
	return nil
}

// systemPackages installs what is missing of names, where this is a Debian and
// we may; else it says what to type.
func (p *program) systemPackages(ctx context.Context, names []string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return p.checkLibraries(ctx)
	}
	missing, err := p.missingPackages(ctx, names)
	if err != nil || len(missing) == 0 {
		return err
	}
	list := strings.Join(missing, " ")
	as, ok := p.asRoot(ctx)
	if !ok {
		return advice("Packages are missing and installing them needs root. Run this, then try again:\n\n  sudo apt-get update && sudo apt-get install -y %s", list)
	}
	p.say("  installing with apt-get: %s", list)
	// Another apt-get may be at work; wait for its lock instead of failing.
	apt := append(as, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=900", "-qq")
	if err := p.step("apt-get update", func() error {
		_, err := p.quiet(ctx, tool(append(append([]string{}, apt...), "update")...))
		return err
	}); err != nil {
		return err
	}
	return p.step("apt-get install", func() error {
		args := append(append([]string{}, apt...), "install", "-y", "--no-install-recommends")
		_, err := p.quiet(ctx, tool(append(args, missing...)...))
		return err
	})
}

// missingPackages asks dpkg, whose answer is non-zero as soon as one name is
// unknown, so that only what it printed counts.
func (p *program) missingPackages(ctx context.Context, names []string) ([]string, error) {
	cmd := p.cmd(ctx, tool(append([]string{"dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"}, names...)...))
	printed, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("ask dpkg what is installed: %w", err)
	}
	installed := map[string]bool{}
	for line := range strings.Lines(string(printed)) {
		if name, state, ok := strings.Cut(strings.TrimSpace(line), " "); ok && state == "installed" {
			installed[name] = true
		}
	}
	var missing []string
	for _, name := range names {
		if !installed[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// asRoot returns what to put before a command that needs root.
func (p *program) asRoot(ctx context.Context) (prefix []string, ok bool) {
	if os.Geteuid() == 0 {
		return nil, true
	}
	_, err := p.quiet(ctx, tool("sudo", "-n", "true"))
	return []string{"sudo", "-n"}, err == nil
}

// checkLibraries names what a Linux without apt-get lacks to build.
func (p *program) checkLibraries(ctx context.Context) error {
	if _, err := p.quiet(ctx, tool("pkg-config", "--exists", "gtk+-3.0", "webkit2gtk-4.1")); err != nil {
		return advice("The headers of GTK 3 and WebKitGTK 4.1 are missing (or pkg-config is). Install them with this system's package manager, then try again.")
	}
	return nil
}

// nodeModules runs npm ci when the frontend's packages are missing or older
// than package-lock.json.
func (p *program) nodeModules(ctx context.Context) error {
	lock, err := os.Stat(p.path("frontend", "package-lock.json"))
	if err != nil {
		return fmt.Errorf("look for the frontend's packages: %w", err)
	}
	// npm writes this file at the end of every install.
	have, err := os.Stat(p.path("frontend", "node_modules", ".package-lock.json"))
	const slack = 30 * time.Second // npm install writes both, in either order
	if err == nil && lock.ModTime().Before(have.ModTime().Add(slack)) {
		return nil
	}
	return p.step("npm ci", func() error {
		_, err := p.quiet(ctx, tool("npm", "ci", "--no-audit", "--no-fund").in("frontend"))
		return err
	})
}

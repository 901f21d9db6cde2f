// Package desktop is the machine around the pane: the window and what it
// remembers, the one running instance, links from outside, the clipboard, the
// system's browser, and the gate that pings pass on their way into the page.
//
// With main.go it is the only code that imports Wails. It promises that only
// https and mailto addresses leave for other programs, and that nothing but
// the number of a change is ever pushed into the page (threats.md F3, F14).
package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	wails "github.com/wailsapp/wails/v2/pkg/runtime"

	"chatpane/app/policy"
)

// Desk is the window's machine side. Its methods may be called concurrently.
type Desk struct {
	settings *policy.Store
	link     func(url string) // opens a deep link from outside
	log      *slog.Logger

	mu      sync.Mutex
	ctx     context.Context // of Wails; nil until the window exists
	open    bool            // the page loaded has shaken hands
	fresh   bool            // Hello was called since the last DomReady
	loads   int
	pending int64 // a ping that waits for the handshake
}

// New makes the Desk; link is called with deep links that arrive from outside.
func New(settings *policy.Store, link func(url string), log *slog.Logger) *Desk {
	return &Desk{settings: settings, link: link, log: log}
}

// Startup takes the context of the window.
func (d *Desk) Startup(ctx context.Context) {
	d.mu.Lock()
	d.ctx = ctx
	d.mu.Unlock()
}

// window returns the context of the window, or false before there is one.
func (d *Desk) window() (context.Context, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx, d.ctx != nil
}

// isMac tells whether this is macOS.
const isMac = runtime.GOOS == "darwin"

// OnTop keeps the window above others, or not.
func (d *Desk) OnTop(on bool) {
	if ctx, ok := d.window(); ok {
		wails.WindowSetAlwaysOnTop(ctx, on)
	}
}

// errAddress refuses what must not be opened outside.
var errAddress = errors.New("address must not be opened")

// OpenURL opens an https or mailto address in the system's program for it.
func (d *Desk) OpenURL(address string) error { return OpenURL(address, false) }

// OpenURL opens an address in the system's browser: https, mailto, and http on
// loopback only if loopback is set (a demo build's sign-in page).
func OpenURL(address string, loopback bool) error {
	clean, err := checkURL(address, loopback)
	if err != nil {
		return err
	}
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", clean)
	case "darwin":
		cmd = exec.Command("open", clean)
	default:
		cmd = exec.Command("xdg-open", clean)
	}
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open browser: %w", err)
	}
	return cmd.Process.Release()
}

// checkURL parses an address and writes it again percent-encoded, so that no
// character of it means anything to a shell or a protocol handler.
func checkURL(address string, loopback bool) (string, error) {
	if len(address) > 8192 || strings.ContainsFunc(address, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return "", errAddress
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", errAddress
	}
	switch {
	case u.Scheme == "https" && u.Host != "" && u.User == nil && !strings.Contains(address, `\`):
	case u.Scheme == "http" && loopback && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost"):
	case u.Scheme == "mailto":
		if _, err := mail.ParseAddressList(u.Opaque); err != nil {
			return "", errAddress
		}
	default:
		return "", errAddress
	}
	r := strings.NewReplacer(`"`, "%22", "'", "%27", "<", "%3C", ">", "%3E", "`", "%60", "|", "%7C", "^", "%5E", " ", "%20")
	return r.Replace(u.String()), nil
}

// CopyText puts text on the clipboard.
func (d *Desk) CopyText(_ context.Context, text string) error {
	ctx, ok := d.window()
	if !ok {
		return errors.New("copy text: no window")
	}
	if err := wails.ClipboardSetText(ctx, text); err != nil {
		return fmt.Errorf("copy text: %w", err)
	}
	return nil
}

// SaveFile asks where to save data; "" means that the user cancelled.
func (d *Desk) SaveFile(_ context.Context, name string, data []byte) (string, error) {
	ctx, ok := d.window()
	if !ok {
		return "", errors.New("save file: no window")
	}
	path, err := wails.SaveFileDialog(ctx, wails.SaveDialogOptions{DefaultFilename: name})
	if err != nil || path == "" {
		return "", err
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", fmt.Errorf("save file: %w", err)
	}
	return path, nil
}

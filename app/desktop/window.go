package desktop

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/jeandeaual/go-locale"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	wailsrt "github.com/wailsapp/wails/v2/pkg/runtime"

	"chatpane/app/policy"
)

// The window's size limits and first size, in logical pixels (product.md 1.1).
const (
	firstWidth, firstHeight = 420, 860
	leastWidth, leastHeight = 320, 480
)

// Window is what the pane's window shows and calls.
type Window struct {
	Title       string
	Assets      http.Handler
	Bind        any
	FormatError func(error) any
	Instance    string // names the single running instance
	Log         *slog.Logger
	Ready       func() // called when the pane has loaded for the first time
}

// Run shows the window and returns when it is closed.
func (d *Desk) Run(w Window) error {
	s := d.settings.Get()
	place := s.Windows[lastPlace]
	if place.Width == 0 {
		place = policy.Window{Width: firstWidth, Height: firstHeight}
	}
	first := true
	err := wails.Run(&options.App{
		Title: w.Title, Width: max(place.Width, leastWidth), Height: max(place.Height, leastHeight),
		MinWidth: leastWidth, MinHeight: leastHeight, AlwaysOnTop: s.OnTop,
		BackgroundColour:   options.NewRGB(245, 245, 245),
		AssetServer:        &assetserver.Options{Handler: w.Assets},
		Bind:               []any{w.Bind},
		ErrorFormatter:     w.FormatError,
		Menu:               appMenu(),
		Logger:             quiet{w.Log},
		LogLevel:           logger.ERROR,
		SingleInstanceLock: d.SingleInstance(w.Instance),
		OnStartup: func(ctx context.Context) {
			d.Startup(ctx)
			d.restore(ctx)
		},
		OnDomReady: func(ctx context.Context) {
			d.DomReady(ctx)
			if first {
				first = false
				w.Ready()
			}
		},
		OnBeforeClose: func(ctx context.Context) bool {
			d.remember(ctx)
			return false
		},
		Windows: &windows.Options{DLLSearchPaths: 0x200 | 0x800}, // the program's folder and System32 only (threats.md C7)
		Linux: &linux.Options{ProgramName: "chatpane",
			// The pane is a small window of text. Drawn by the CPU it shows sooner,
			// also a chat, and without the driver's compiler in two processes; desks
			// like these are often virtual, and bad drivers leave a window white.
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
	if err != nil {
		return fmt.Errorf("run window: %w", err)
	}
	return nil
}

// lastPlace is where the window was when the layout of displays is not known
// to have been met before.
const lastPlace = "last"

// layout names the present set of displays, so that a docked place comes back
// when its displays do.
func layout(ctx context.Context) (name string, width, height int) {
	screens, err := wailsrt.ScreenGetAll(ctx)
	if err != nil {
		return lastPlace, 0, 0
	}
	var parts []string
	for _, s := range screens {
		parts = append(parts, fmt.Sprintf("%dx%d", s.Size.Width, s.Size.Height))
		if s.IsCurrent || width == 0 {
			width, height = s.Size.Width, s.Size.Height
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "+"), width, height
}

// restore puts the window where it was with these displays, never off-screen.
func (d *Desk) restore(ctx context.Context) {
	name, width, height := layout(ctx)
	place, ok := d.settings.Get().Windows[name]
	if !ok || width == 0 {
		return
	}
	place = onScreen(place, width, height)
	wailsrt.WindowSetSize(ctx, place.Width, place.Height)
	wailsrt.WindowSetPosition(ctx, place.X, place.Y)
}

// onScreen moves and shrinks a place so that all of it can be seen.
func onScreen(p policy.Window, width, height int) policy.Window {
	p.Width = min(max(p.Width, leastWidth), width)
	p.Height = min(max(p.Height, leastHeight), height)
	p.X = min(max(p.X, 0), width-p.Width)
	p.Y = min(max(p.Y, 0), height-p.Height)
	return p
}

// remember keeps the window's place for the next start.
func (d *Desk) remember(ctx context.Context) {
	w, h := wailsrt.WindowGetSize(ctx)
	x, y := wailsrt.WindowGetPosition(ctx)
	name, _, _ := layout(ctx)
	if _, err := d.settings.Edit(func(s *policy.Settings) {
		if s.Windows == nil {
			s.Windows = map[string]policy.Window{}
		}
		p := policy.Window{Width: w, Height: h, X: x, Y: y}
		s.Windows[name], s.Windows[lastPlace] = p, p
	}); err != nil {
		d.log.Warn("remember window", "err", err)
	}
}

// appMenu is what macOS needs for copy and paste; elsewhere there is no menu.
func appMenu() *menu.Menu {
	if !isMac {
		return nil
	}
	m := menu.NewMenu()
	m.Append(menu.AppMenu())
	m.Append(menu.EditMenu())
	return m
}

// Language is the system's language as a BCP 47 tag, "en" when unknown.
func Language() string {
	tag, err := locale.GetLocale()
	if err != nil || tag == "" || tag == "C" || tag == "POSIX" {
		return "en"
	}
	return strings.ReplaceAll(tag, "_", "-")
}

// quiet is Wails' logger: it keeps the level and drops the text, since Wails
// writes whole calls with their arguments into it (threats.md F13).
type quiet struct{ log *slog.Logger }

func (q quiet) note(level slog.Level, text string) {
	q.log.Log(context.Background(), level, "window", "where", "wails", "count", len(text))
}

// Print implements logger.Logger.
func (q quiet) Print(text string) { q.note(slog.LevelDebug, text) }

// Trace implements logger.Logger.
func (q quiet) Trace(text string) { q.note(slog.LevelDebug, text) }

// Debug implements logger.Logger.
func (q quiet) Debug(text string) { q.note(slog.LevelDebug, text) }

// Info implements logger.Logger.
func (q quiet) Info(text string) { q.note(slog.LevelDebug, text) }

// Warning implements logger.Logger.
func (q quiet) Warning(text string) { q.note(slog.LevelWarn, text) }

// Error implements logger.Logger.
func (q quiet) Error(text string) { q.note(slog.LevelError, text) }

// Fatal implements logger.Logger.
func (q quiet) Fatal(text string) { q.note(slog.LevelError, text) }

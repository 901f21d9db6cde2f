// Package a11y reads the accessibility trees of the programs on this desktop
// over AT-SPI (D-Bus), the way a screen reader does: it finds things by role
// and name and tells their state, text and place on the screen.
//
// It promises to report only what a screen reader would be told. It refuses to
// act: clicking and typing are left to real pointer and keyboard events.
package a11y

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	accessible = "org.a11y.atspi.Accessible"
	component  = "org.a11y.atspi.Component"
	textual    = "org.a11y.atspi.Text"
	properties = "org.freedesktop.DBus.Properties.Get"

	nowhere      = "/org/a11y/atspi/null"
	registry     = "org.a11y.atspi.Registry"
	registryRoot = "/org/a11y/atspi/accessible/root"

	// screenCoords asks Component for places relative to the screen.
	screenCoords = uint32(0)
)

// ErrGone tells that the thing asked about is no longer on the screen.
var ErrGone = errors.New("gone from the accessibility tree")

// Bus is a connection to the accessibility bus of this desktop session.
type Bus struct{ conn *dbus.Conn }

// Connect joins the accessibility bus that belongs to the session bus at
// address, in D-Bus' notation.
func Connect(ctx context.Context, address string) (*Bus, error) {
	session, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("join the session bus: %w", err)
	}
	defer session.Close()
	var a11y string
	err = session.Object("org.a11y.Bus", "/org/a11y/bus").
		CallWithContext(ctx, "org.a11y.Bus.GetAddress", 0).Store(&a11y)
	if err != nil {
		return nil, fmt.Errorf("ask for the accessibility bus: %w", err)
	}
	conn, err := dbus.Connect(a11y, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("join the accessibility bus: %w", err)
	}
	return &Bus{conn: conn}, nil
}

// Close leaves the bus.
func (b *Bus) Close() error { return b.conn.Close() }

// Programs returns the roots of all programs that show an accessibility tree.
func (b *Bus) Programs(ctx context.Context) ([]Node, error) {
	root := Node{bus: b, ref: ref{Dest: registry, Path: registryRoot}}
	programs, err := root.Children(ctx)
	if err != nil {
		return nil, fmt.Errorf("list programs: %w", err)
	}
	return programs, nil
}

// ref is how AT-SPI names an object: a program's bus name and a path in it.
type ref struct {
	Dest string
	Path dbus.ObjectPath
}

// Node is one object of a program's accessibility tree. It is a name, not a
// copy: each method asks the program anew.
type Node struct {
	bus *Bus
	ref ref
}

// Box is a place on the screen in pixels.
type Box struct{ X, Y, W, H int }

// Centre returns the point in the middle of b.
func (b Box) Centre() (x, y int) { return b.X + b.W/2, b.Y + b.H/2 }

// Empty reports whether b covers nothing that could be clicked.
func (b Box) Empty() bool { return b.W <= 0 || b.H <= 0 }

// answerTime is how long one question may take. WebKit never answers for an
// object that it removes in that moment.
const answerTime = 3 * time.Second

func (n Node) call(ctx context.Context, method string, args ...any) *dbus.Call {
	brief, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	call := n.bus.conn.Object(n.ref.Dest, n.ref.Path).CallWithContext(brief, method, 0, args...)
	if call.Err != nil && brief.Err() != nil && ctx.Err() == nil {
		call.Err = fmt.Errorf("%w (no answer)", ErrGone)
	}
	return call
}

// explain turns an answer of the bus into ErrGone where the object or its
// program has left; a screen changes while it is read.
func explain(err error) error {
	var answer dbus.Error
	if errors.As(err, &answer) {
		switch answer.Name {
		case "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod",
			"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NoReply",
			"org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.NameHasNoOwner":
			return fmt.Errorf("%w (%s)", ErrGone, answer.Name)
		}
	}
	return err
}

func (n Node) property(ctx context.Context, iface, name string, into any) error {
	var value dbus.Variant
	if err := n.call(ctx, properties, iface, name).Store(&value); err != nil {
		return explain(err)
	}
	return value.Store(into)
}

// offers reports whether n implements an interface. Asking one that it lacks
// makes GTK complain on its standard error.
func (n Node) offers(ctx context.Context, iface string) (bool, error) {
	var all []string
	err := n.call(ctx, accessible+".GetInterfaces").Store(&all)
	return slices.Contains(all, iface), explain(err)
}

// Name returns the accessible name.
func (n Node) Name(ctx context.Context) (string, error) {
	var name string
	err := n.property(ctx, accessible, "Name", &name)
	return name, err
}

// Process returns the id of the process that n belongs to.
func (n Node) Process(ctx context.Context) (int, error) {
	var pid uint32
	err := n.bus.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, n.ref.Dest).Store(&pid)
	return int(pid), explain(err)
}

// Role returns the role in AT-SPI's words, such as "push button" or "article".
func (n Node) Role(ctx context.Context) (string, error) {
	var number uint32
	if err := n.call(ctx, accessible+".GetRole").Store(&number); err != nil {
		return "", explain(err)
	}
	return roleName(number), nil
}

// Children returns the objects directly below n, in order.
func (n Node) Children(ctx context.Context) ([]Node, error) {
	var refs []ref
	if err := n.call(ctx, accessible+".GetChildren").Store(&refs); err != nil {
		return nil, explain(err)
	}
	nodes := make([]Node, 0, len(refs))
	for _, r := range refs {
		if r.Path != nowhere {
			nodes = append(nodes, Node{bus: n.bus, ref: r})
		}
	}
	if len(nodes) == 0 {
		return n.plugged(ctx)
	}
	return nodes, nil
}

// plugged returns the page inside a web view. GTK 3 leaves a page that lives in
// another process out of GetChildren, and tells of it only by index.
func (n Node) plugged(ctx context.Context) ([]Node, error) {
	var count int32
	if err := n.property(ctx, accessible, "ChildCount", &count); err != nil || count != 1 {
		return nil, err
	}
	var r ref
	if err := n.call(ctx, accessible+".GetChildAtIndex", int32(0)).Store(&r); err != nil {
		return nil, explain(err)
	}
	if r.Path == nowhere {
		return nil, nil
	}
	return []Node{{bus: n.bus, ref: r}}, nil
}

// Box returns where n lies on the screen.
func (n Node) Box(ctx context.Context) (Box, error) {
	if offered, err := n.offers(ctx, component); err != nil || !offered {
		return Box{}, err
	}
	var at struct{ X, Y, W, H int32 }
	if err := n.call(ctx, component+".GetExtents", screenCoords).Store(&at); err != nil {
		return Box{}, explain(err)
	}
	return Box{int(at.X), int(at.Y), int(at.W), int(at.H)}, nil
}

// Text returns the text that n itself holds, such as the content of an entry;
// embedded objects are left out. It is "" for objects without text.
func (n Node) Text(ctx context.Context) (string, error) {
	if offered, err := n.offers(ctx, textual); err != nil || !offered {
		return "", err
	}
	var text string
	err := n.call(ctx, textual+".GetText", int32(0), int32(-1)).Store(&text)
	return strings.ReplaceAll(text, "\ufffc", ""), explain(err)
}

// States returns what n is at this moment.
func (n Node) States(ctx context.Context) (States, error) {
	var words []uint32
	if err := n.call(ctx, accessible+".GetState").Store(&words); err != nil {
		return 0, explain(err)
	}
	var set States
	for i, w := range words {
		if i < 2 {
			set |= States(w) << (32 * i)
		}
	}
	return set, nil
}

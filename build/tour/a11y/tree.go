package a11y

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// maxDepth bounds a walk: a tree deeper than this is a loop.
const maxDepth = 80

// Seen is what one object showed at the moment it was read.
type Seen struct {
	Node  Node
	Depth int
	Role  string
	Name  string
	Text  string
	State States
	Box   Box
}

// String is one line for a person: role, name, text, place and states.
func (s Seen) String() string {
	line := fmt.Sprintf("%s%s %q", strings.Repeat("  ", s.Depth), s.Role, s.Name)
	if s.Text != "" && s.Text != s.Name {
		line += fmt.Sprintf(" text=%q", s.Text)
	}
	return line + fmt.Sprintf(" %d,%d %dx%d [%s]", s.Box.X, s.Box.Y, s.Box.W, s.Box.H, s.State)
}

// Walk reads the tree below n, parents before children, and calls visit for
// each object until it answers false. Objects that leave while the tree is
// read are passed over.
func (n Node) Walk(ctx context.Context, visit func(Seen) bool) error {
	_, err := n.walk(ctx, 0, visit)
	return err
}

func (n Node) walk(ctx context.Context, depth int, visit func(Seen) bool) (more bool, err error) {
	if depth > maxDepth {
		return true, nil
	}
	seen, children, err := n.look(ctx)
	if errors.Is(err, ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	seen.Depth = depth
	if !visit(seen) {
		return false, nil
	}
	for _, child := range children {
		if more, err := child.walk(ctx, depth+1, visit); !more || err != nil {
			return more, err
		}
	}
	return true, nil
}

// look reads n itself and names its children. The questions are asked all at
// once: a tree has hundreds of objects, and each answer takes a turn of the
// program's main loop.
func (n Node) look(ctx context.Context) (Seen, []Node, error) {
	s := Seen{Node: n}
	var children []Node
	questions := []func() error{
		func() (err error) { s.Role, err = n.Role(ctx); return },
		func() (err error) { s.Name, err = n.Name(ctx); return },
		func() (err error) { s.State, err = n.States(ctx); return },
		func() (err error) { s.Text, err = n.Text(ctx); return },
		func() (err error) { children, err = n.Children(ctx); return },
		func() (err error) {
			if s.Box, err = n.Box(ctx); errors.Is(err, ErrGone) {
				return nil // programs themselves have no place
			}
			return err
		},
	}
	answers := make(chan error, len(questions))
	for _, ask := range questions {
		go func() { answers <- ask() }()
	}
	var failed error
	for range questions {
		if err := <-answers; err != nil && (failed == nil || errors.Is(failed, ErrGone)) {
			failed = err
		}
	}
	return s, children, failed
}

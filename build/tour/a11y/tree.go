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
	seen, err := n.Look(ctx)
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
	children, err := n.Children(ctx)
	if errors.Is(err, ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, child := range children {
		if more, err := child.walk(ctx, depth+1, visit); !more || err != nil {
			return more, err
		}
	}
	return true, nil
}

// Look reads n itself.
func (n Node) Look(ctx context.Context) (Seen, error) {
	s := Seen{Node: n}
	var err error
	if s.Role, err = n.Role(ctx); err != nil {
		return s, err
	}
	if s.Name, err = n.Name(ctx); err != nil {
		return s, err
	}
	if s.State, err = n.States(ctx); err != nil {
		return s, err
	}
	if s.Text, err = n.Text(ctx); err != nil {
		return s, err
	}
	if s.Box, err = n.Box(ctx); err != nil && !errors.Is(err, ErrGone) {
		return s, err
	}
	return s, nil
}

package store

import (
	"errors"
	"testing"
)

// TestMigrationsRunOnceInOrder is in the package, since a step is not visible
// from outside.
func TestMigrationsRunOnceInOrder(t *testing.T) {
	t.Parallel()
	if len(steps()) != Schema {
		t.Fatalf("%d steps, but the schema is %d", len(steps()), Schema)
	}
	s, err := open("", plainSealer{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var ran []int
	more := append(steps(), func(*Store) error { ran = append(ran, Schema+1); return nil }, func(*Store) error { ran = append(ran, Schema+2); return nil })
	for range 2 {
		if err := s.migrate(more); err != nil {
			t.Fatal(err)
		}
	}
	if len(ran) != 2 || ran[0] != Schema+1 || ran[1] != Schema+2 || s.mem.schema != Schema+2 {
		t.Errorf("ran %v, schema %d; want the two after %d once each", ran, s.mem.schema, Schema)
	}
	if err := s.migrate(steps()); !errors.Is(err, ErrNewer) {
		t.Errorf("a store from the future: %v, want ErrNewer", err)
	}
	failing := append(more, func(*Store) error { return errors.New("no") })
	if err := s.migrate(failing); err == nil || s.mem.schema != Schema+2 {
		t.Errorf("a failed step: %v, schema %d; want an error and no new schema", err, s.mem.schema)
	}
}

// plainSealer seals nothing; enough for a store in memory.
type plainSealer struct{}

func (plainSealer) Persistent() bool                                    { return false }
func (plainSealer) BadgerKey() []byte                                   { return nil }
func (plainSealer) Seal(_ string, _, plain []byte) []byte               { return plain }
func (plainSealer) Unseal(_ string, _, sealed []byte) ([]byte, error)   { return sealed, nil }
func (plainSealer) SealChat(_, _ string, _, p []byte) ([]byte, error)   { return p, nil }
func (plainSealer) UnsealChat(_, _ string, _, s []byte) ([]byte, error) { return s, nil }
func (plainSealer) AddChats(...string) error                            { return nil }
func (plainSealer) Shred(...string) error                               { return nil }
func (plainSealer) ReadFile(string) ([]byte, error)                     { return nil, errors.New("none") }
func (plainSealer) WriteFile(string, []byte) error                      { return nil }

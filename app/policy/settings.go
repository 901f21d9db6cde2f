package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Settings are what the user may choose, with the window's place. The zero
// value of Zoom means 100.
type Settings struct {
	Language   string   `json:"language"` // "" follows the system
	Theme      string   `json:"theme"`    // "system", "light", "dark", "contrast"
	Zoom       int      `json:"zoom"`     // percent, 50 to 200
	EnterSends bool     `json:"enterSends"`
	OnTop      bool     `json:"onTop"`
	Folded     []string `json:"folded"`    // sections that are folded
	HintsSeen  []string `json:"hintsSeen"` // first-use hints already dismissed
	// Windows remembers where the window was, by the layout of displays.
	Windows map[string]Window `json:"windows"`
}

// Window is the window's size and place in logical pixels.
type Window struct {
	Width, Height, X, Y int
}

// DefaultSettings are those of a new user.
func DefaultSettings() Settings {
	return Settings{Theme: "system", Zoom: 100, EnterSends: true, Folded: []string{}, HintsSeen: []string{}}
}

// Store keeps the user's settings in a file. Its methods may be called
// concurrently.
type Store struct {
	path  string
	fixed map[string]json.RawMessage

	mu  sync.Mutex
	now Settings
}

// OpenSettings reads the user's settings from path, "" keeps them in memory
// only. A missing or damaged file gives defaults: nothing in it is worth
// stopping for. Settings that the policy fixes win.
func OpenSettings(path string, p Policy) (*Store, error) {
	s := &Store{path: path, fixed: p.Fixed, now: DefaultSettings()}
	if path == "" {
		return s, s.fix()
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return s, fmt.Errorf("read settings: %w", err)
	default:
		read := DefaultSettings()
		if json.Unmarshal(b, &read) == nil {
			s.now = read.clamped()
		}
	}
	return s, s.fix()
}

// fix lays the policy's settings over the user's.
func (s *Store) fix() error {
	if len(s.fixed) == 0 {
		return nil
	}
	b, err := json.Marshal(s.fixed)
	if err == nil {
		err = json.Unmarshal(b, &s.now)
	}
	if err != nil {
		return fmt.Errorf("apply fixed settings: %w", err)
	}
	s.now = s.now.clamped()
	return nil
}

// Locked names the settings that policy fixes, sorted.
func (s *Store) Locked() []string {
	return append([]string{}, slices.Sorted(maps.Keys(s.fixed))...)
}

// Get returns the settings in force.
func (s *Store) Get() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.clone()
}

// Edit changes the settings and keeps them; what policy fixes stays. It
// returns the settings in force.
func (s *Store) Edit(f func(*Settings)) (Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.now.clone()
	f(&next)
	s.now = next.clamped()
	if err := s.fix(); err != nil {
		return s.now.clone(), err
	}
	return s.now.clone(), s.saveLocked()
}

func (s *Store) saveLocked() error {
	if s.path == "" {
		return nil
	}
	b, err := json.MarshalIndent(s.now, "", "  ")
	if err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	tmp := s.path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	if err := os.Rename(tmp, s.path); err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	return nil
}

func (s Settings) clone() Settings {
	s.Folded, s.HintsSeen, s.Windows = slices.Clone(s.Folded), slices.Clone(s.HintsSeen), maps.Clone(s.Windows)
	return s
}

// clamped brings values into their range; what is unknown becomes the default.
func (s Settings) clamped() Settings {
	if s.Zoom == 0 {
		s.Zoom = 100
	}
	s.Zoom = min(max(s.Zoom, 50), 200)
	if !slices.Contains([]string{"system", "light", "dark", "contrast"}, s.Theme) {
		s.Theme = "system"
	}
	if s.Folded == nil {
		s.Folded = []string{}
	}
	if s.HintsSeen == nil {
		s.HintsSeen = []string{}
	}
	return s
}

package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"chatpane/app/chat"
	"chatpane/app/vault"
	"github.com/dgraph-io/badger/v4"
)

// Errors a caller can act on.
var (
	// ErrNewer means a newer version of the app wrote this store; it is left alone.
	ErrNewer = errors.New("the offline copy was written by a newer version of Chatpane; update Chatpane, or sign out to start a new copy")
	// ErrLocked means another process has this store open.
	ErrLocked = errors.New("another Chatpane is using the offline copy of this account")
	// ErrFull means too little disk space is left; nothing was written.
	ErrFull = errors.New("too little disk space left to keep an offline copy")
	// ErrDamaged means stored bytes are not what was written. The store is moved
	// aside at the next [Open] and its content read again from the servers.
	ErrDamaged = errors.New("the offline copy is damaged")
	// ErrClosed means the store was closed.
	ErrClosed = errors.New("the offline copy is closed")
)

// Options configure a store; the zero value is fit for use.
type Options struct {
	Log *slog.Logger
	// MinFree is the disk space to leave to others, in bytes; 0 = 512 MB. Twice
	// the batch about to be written is kept free in any case.
	MinFree int64
	// Free tells the free space of the disk that holds a directory; nil = ask the
	// system.
	Free func(dir string) (int64, error)
	// Preview makes the line of the chat list out of a message; nil = all but the
	// text, which then stays what the server gave for that message.
	Preview func(chat.Message) chat.Preview
	// Text is what is searched of a message that is neither deleted, hidden nor
	// a system message; nil = its HTML without tags. Hits are highlighted in it.
	Text func(chat.Message) string
}

// Report tells how the store is, for the diagnostics.
type Report struct {
	Schema   int
	Rebuilt  bool   // the old store was unusable and moved aside at open
	Why      string // why it was, without any content
	Damaged  bool   // damage was found since; the next open rebuilds
	ReadOnly bool   // opened on a full disk: nothing can be written until space is back
	Skipped  int64  // messages refused since open
	Chats    int
	Messages int
	People   int
	Records  int
	Links    int
	Bytes    int64 // size on disk
}

// Store is the offline copy. All methods may be called concurrently.
type Store struct {
	dir   string // holds lock, markers and the folder of Badger; empty in memory
	o     Options
	codec *codec
	lock  *os.File
	// maxFresh is the constant of that name, but for tests.
	maxFresh int
	// mostFresh and ownRow are the constants of these names, but for tests.
	mostFresh uint32
	ownRow    int
	// indexHarmed tells that the run before found damage in the index, which is
	// then made anew from the messages.
	indexHarmed bool

	writer  sync.Mutex // one Apply at a time; guards closed and what only writers touch
	closed  bool
	skipped atomic.Int64
	harmed  atomic.Bool // damage was found
	kept    keptLeaves
	retired []retired // documents whose postings are to be removed; for writers only

	mu  sync.RWMutex
	db  *badger.DB // nil when closed
	mem *memory
	// snapshot is what all readers read. It is replaced together with the memory,
	// so that the rows it shows are those the memory tells of. Badger lets a
	// transaction that only reads be used by many at once.
	snapshot *badger.Txn
	report   Report
}

// Open opens the store under dir, which belongs to it alone, or makes a new one;
// the vault decides whether anything goes to disk. A store that cannot be
// trusted is moved aside and an empty one opened, see [Report]. The error is
// [ErrNewer], [ErrLocked] or [ErrFull] where these apply.
func Open(dir string, v *vault.Vault, o Options) (*Store, error) { return open(dir, v, o) }

func open(dir string, v sealer, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MinFree <= 0 {
		o.MinFree = 512 << 20
	}
	if o.Free == nil {
		o.Free = freeSpace
	}
	c, err := newCodec(v)
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, codec: c, mem: newMemory(), maxFresh: maxFresh, mostFresh: mostFresh, ownRow: ownRow}
	if v.Persistent() {
		s.dir = dir
	}
	if err := s.start(); err != nil {
		s.codec.close()
		return nil, err
	}
	return s, nil
}

// Close waits for what is under way and closes the store. It may be called twice.
func (s *Store) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	if s.closed {
		return nil
	}
	if s.db != nil && s.dir != "" && !s.report.ReadOnly {
		if err := s.merge(); err != nil { // the next open finds what is missing by itself
			s.o.Log.Debug("postings wait for the next run: " + err.Error())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	defer s.unlock()
	defer s.codec.close()
	if s.db == nil {
		return nil
	}
	if err := s.closeBadger(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// Report tells how the store is.
func (s *Store) Report() Report {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.report
	r.Schema = int(s.mem.schema)
	r.Skipped, r.Damaged = s.skipped.Load(), s.harmed.Load()
	for _, e := range s.mem.chats {
		r.Messages += e.messages
		if e.chat != nil {
			r.Chats++
		}
	}
	r.People, r.Records, r.Links = len(s.mem.people), len(s.mem.records), len(s.mem.links)
	if s.db != nil {
		r.Bytes = s.size()
	}
	return r
}

// skip counts a message that cannot be stored, so that one bad message of a
// server does not keep the rest of its batch out.
func (s *Store) skip(id chat.ID, why string) {
	s.skipped.Add(1)
	s.o.Log.Warn("store refuses a message: "+why, "chat", string(id))
}

// damaged notes that a row is not what was written, so that the next open
// rebuilds, and returns the error that says so.
func (s *Store) damaged(b bucket, cause error) error {
	s.harmed.Store(true)
	if s.dir != "" {
		if err := os.WriteFile(s.path(damagedFile), []byte(b), 0o600); err != nil {
			s.o.Log.Error("note the damage of the store: "+err.Error(), "bucket", string(b))
		}
	}
	return fmt.Errorf("%w: read a %s: %w", ErrDamaged, b, cause)
}

// guarded turns a panic of Badger on damaged bytes into an error.
func (s *Store) guarded(b bucket, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("reading the store panicked", "bucket", string(b), "stack", string(debug.Stack()))
			err = s.damaged(b, fmt.Errorf("%v", p))
		}
	}()
	return f()
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// Room is [ErrFull] when the disk is too full to keep more, so that others who
// write beside the store heed the same reserve.
func (s *Store) Room() error { return s.gate(0) }

package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"google.golang.org/protobuf/proto"
)

// What stands in the store's directory.
const (
	lockFile    = "lock"    // held while the store is open
	openingFile = "opening" // there while Badger opens; found at start = that open died
	damagedFile = "damaged" // damage was found while the store was open
	badgerDir   = "db"
	lostDir     = "lost" // the last store that was moved aside
)

// shapeFile is the vault's file that says a store with this birth mark exists,
// so that a deleted MANIFEST, which Badger opens as empty, is noticed.
const shapeFile = "store-shape"

// start locks, opens and loads. Whatever is wrong with an old store ends in an
// empty new one, except what a new one would not cure.
func (s *Store) start() error {
	if s.dir == "" {
		return s.openBadger()
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the store: %w", err)
	}
	lock, err := lockFileAt(s.path(lockFile))
	if err != nil {
		return err
	}
	s.lock = lock
	if err := s.startLocked(); err != nil {
		s.unlock()
		return err
	}
	return nil
}

func (s *Store) startLocked() error {
	shape, err := s.readShape()
	if err != nil {
		return err
	}
	why := s.leftover()
	if err := s.gate(0); err != nil {
		if why != "" || shape == nil {
			return err
		}
		return s.startReadOnly(shape, err)
	}
	if why == "" {
		err = s.openMarked(shape)
		if err == nil && s.indexHarmed {
			s.indexHarmed = false
			return s.forgetDamage()
		}
		if err == nil || incurable(err) {
			return err
		}
		why = err.Error()
	}
	s.o.Log.Warn("the store cannot be used and is read again from the servers: " + why)
	if err := s.quarantine(); err != nil {
		return err
	}
	s.mem = newMemory()
	if err := s.openMarked(nil); err != nil {
		return fmt.Errorf("open a new store: %w", err)
	}
	s.report.Rebuilt, s.report.Why = true, why
	return nil
}

// startReadOnly opens an old store on a full disk without writing to it. If that
// does not work, what is told is that the disk is full.
func (s *Store) startReadOnly(shape *rows.Meta, full error) error {
	s.report.ReadOnly = true
	err := s.openBadger()
	if err == nil && s.mem.born != shape.GetBorn() {
		err = errors.Join(fmt.Errorf("%w: its rows are not those that were written", ErrDamaged), s.closeBadger())
	}
	if err != nil {
		return fmt.Errorf("%w; reading alone does not work either: %w", full, err)
	}
	s.o.Log.Warn("the store is read-only: " + full.Error())
	return nil
}

// writable opens a read-only store again once there is space.
func (s *Store) writable() error {
	if !s.report.ReadOnly {
		return nil
	}
	if err := s.gate(0); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil { // nil after a try that went wrong here
		if err := s.closeBadger(); err != nil {
			s.o.Log.Warn("close the read-only store: " + err.Error())
		}
	}
	fresh := &Store{dir: s.dir, o: s.o, codec: s.codec, mem: newMemory(), maxFresh: s.maxFresh, mostFresh: s.mostFresh, ownRow: s.ownRow}
	if err := fresh.startLocked(); err != nil {
		return fmt.Errorf("open the store again: %w", err)
	}
	s.db, s.snapshot, s.mem, s.report = fresh.db, fresh.snapshot, fresh.mem, fresh.report
	s.kept.forget(func(place) bool { return true }) // it may be another store
	return nil
}

// errVault is trouble with the vault's files, which says nothing against the store.
var errVault = errors.New("the store cannot be completed")

// incurable tells errors that a new store would not cure, or that say nothing
// against the old one.
func incurable(err error) bool {
	for _, e := range []error{
		ErrNewer, ErrLocked, ErrFull, errVault, fs.ErrPermission,
		syscall.ENOSPC, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// leftover tells what the previous run left that forbids to open its store.
func (s *Store) leftover() string {
	if _, err := os.Stat(s.path(openingFile)); err == nil {
		return "the app died while opening it"
	}
	switch b, err := os.ReadFile(s.path(damagedFile)); {
	case err != nil:
	case bucket(b) == bPosting || bucket(b) == bColumn:
		s.indexHarmed = true
	default:
		return "damage was found in it: " + string(b)
	}
	return ""
}

// readShape returns nil when there is no shape or it cannot be read.
func (s *Store) readShape() (*rows.Meta, error) {
	data, err := s.codec.vault.ReadFile(shapeFile)
	shape := &rows.Meta{}
	if err == nil {
		err = proto.Unmarshal(data, shape)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		s.o.Log.Warn("the shape of the store is unreadable and written again: " + err.Error())
		return nil, nil
	}
	if shape.GetSchema() > Schema {
		return nil, fmt.Errorf("%w (schema %d, known is %d)", ErrNewer, shape.GetSchema(), Schema)
	}
	return shape, nil
}

// openMarked opens Badger and loads, with the marker that survives a death in
// Badger's own goroutines, which no recover can catch. shape is what is
// expected to be there, nil when nothing is.
func (s *Store) openMarked(shape *rows.Meta) error {
	if err := writeDurably(s.path(openingFile)); err != nil {
		return fmt.Errorf("mark the store as opening: %w", err)
	}
	err := s.openBadger()
	if err == nil && shape != nil && shape.GetBorn() != s.mem.born {
		err = fmt.Errorf("%w: its rows are not those that were written", ErrDamaged)
		err = errors.Join(err, s.closeBadger())
	}
	if err == nil && (shape == nil || shape.GetSchema() != s.mem.schema) {
		err = s.writeShape()
	}
	// The marker stays only when the process dies above.
	return errors.Join(err, os.Remove(s.path(openingFile)))
}

func (s *Store) writeShape() error {
	data, err := proto.Marshal(&rows.Meta{Schema: s.mem.schema, Born: s.mem.born})
	if err != nil {
		return err
	}
	if err := s.codec.vault.WriteFile(shapeFile, data); err != nil {
		return errors.Join(fmt.Errorf("%w: write its shape: %w", errVault, err), s.closeBadger())
	}
	return nil
}

func (s *Store) closeBadger() error {
	if s.snapshot != nil {
		s.snapshot.Discard()
		s.snapshot = nil
	}
	err := s.db.Close()
	s.db = nil
	return err
}

// openBadger opens, migrates and loads; on an error nothing stays open.
func (s *Store) openBadger() error {
	if s.dir != "" {
		readAhead(s.path(badgerDir))
	}
	db, err := openOnce(s.options())
	if err != nil && strings.Contains(err.Error(), "Create a new file") {
		// After a kill Badger may find an empty memtable; the second open works.
		db, err = openOnce(s.options())
	}
	if err != nil {
		return fmt.Errorf("open badger: %w", err)
	}
	s.db = db
	s.renew()
	if err := s.load(); err != nil {
		return errors.Join(err, s.closeBadger())
	}
	return nil
}

// openOnce turns a panic of Badger into an error; damaged files cause some.
func openOnce(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return badger.Open(o)
}

// options are the measured ones: small tables for small memory, one writer, no
// conflict detection. Values are sealed before Badger sees them and would not
// shrink again: zstd saved 3 % of the disk, for keys, and cost a search a third
// more time, together with blocks of 16 KB, of which it wants a single row.
func (s *Store) options() badger.Options {
	dir := ""
	if s.dir != "" {
		dir = s.path(badgerDir)
	}
	o := badger.DefaultOptions(dir).
		WithLogger(badgerLog{s.o.Log}).
		WithMetricsEnabled(false).
		WithSyncWrites(true).
		WithMemTableSize(8 << 20).
		WithNumMemtables(2).
		WithBlockCacheSize(16 << 20).
		WithIndexCacheSize(16 << 20). // 0 with an encryption key panics at the first flush
		WithValueLogFileSize(16 << 20).
		WithValueThreshold(1 << 20).
		WithCompression(options.None).
		WithBlockSize(4 << 10).
		WithNumCompactors(0). // see compact.go; without them nothing ends a stall
		WithNumLevelZeroTablesStall(1 << 20).
		WithNumLevelZeroTables(1). // from two on they are worth merging when asked to
		WithDetectConflicts(false).
		WithBypassLockGuard(true) // the store has a lock of its own, taken before the markers are looked at
	if s.dir == "" {
		return o.WithInMemory(true).WithSyncWrites(false)
	}
	o = o.WithReadOnly(s.report.ReadOnly)
	// Each rotation appends to KEYREGISTRY, and a torn append makes the store
	// unopenable; the values carry their own seal, so rotation buys little.
	return o.WithEncryptionKey(s.codec.vault.BadgerKey()).WithEncryptionKeyRotationDuration(10 * 365 * 24 * time.Hour)
}

// quarantine moves the store aside, keeping at most one old one.
func (s *Store) quarantine() error {
	if _, err := os.Stat(s.path(badgerDir)); err == nil {
		if err := os.RemoveAll(s.path(lostDir)); err != nil {
			return fmt.Errorf("remove the store moved aside earlier: %w", err)
		}
		if err := os.Rename(s.path(badgerDir), s.path(lostDir)); err != nil {
			return fmt.Errorf("move the store aside: %w", err)
		}
	}
	return s.forgetDamage()
}

// forgetDamage clears what told that the store is damaged.
func (s *Store) forgetDamage() error {
	for _, name := range []string{damagedFile, openingFile} {
		if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear a mark of the store: %w", err)
		}
	}
	return nil
}

func (s *Store) unlock() {
	if s.lock != nil {
		// The file stays, so that two processes never lock two files of one name.
		if err := unlockFile(s.lock); err != nil {
			s.o.Log.Warn("unlock the store: " + err.Error())
		}
		s.lock = nil
	}
}

func writeDurably(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func birthMark() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return binary.BigEndian.Uint64(b[:]) | 1
}

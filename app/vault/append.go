package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Append adds a record. It is on the disk when Append returns. After an error,
// such as a full disk, the record is not part of the journal, and the journal
// is as usable as before.
func (j *Journal) Append(rec []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usableLocked(); err != nil {
		return fmt.Errorf("append to journal %s: %w", j.name, err)
	}
	if len(rec) > maxRecord/2 {
		return fmt.Errorf("append to journal %s: a record of %d bytes is too long", j.name, len(rec))
	}
	if !j.v.Persistent() {
		j.remember(rec)
		return nil
	}
	if j.broken {
		if err := j.healLocked(); err != nil {
			return fmt.Errorf("append to journal %s: %w: %w", j.name, ErrBroken, err)
		}
	}
	data := j.encode(nil, rec, j.id, j.count)
	if j.end+int64(len(data)) > maxFile {
		return fmt.Errorf("append to journal %s: it is full until it is rewritten", j.name)
	}
	if _, err := j.file.WriteAt(data, j.end); err != nil {
		return fmt.Errorf("append to journal %s: %w", j.name, j.undoLocked(err))
	}
	if err := j.file.Sync(); err != nil {
		// After a failed sync the system may have dropped the pages and forgotten
		// about it, so that a later sync of this file proves nothing.
		j.broken = true
		return fmt.Errorf("append to journal %s: %w: %w", j.name, ErrBroken, j.undoLocked(err))
	}
	j.end += int64(len(data))
	j.count++
	return nil
}

// undoLocked takes a half-written record away again.
func (j *Journal) undoLocked(cause error) error {
	if err := j.file.Truncate(j.end); err != nil {
		j.broken = true
		return errors.Join(cause, ErrBroken, err)
	}
	return cause
}

// healLocked writes the records of the file into a new one.
func (j *Journal) healLocked() error {
	data, err := readLimited(j.v.path(j.fileName()))
	if err != nil {
		return err
	}
	_, recs, _, damage := replay(data, j.unseal)
	if damage != nil {
		return damage
	}
	// While a rewrite is half done the file may be either version. Else it holds
	// what was appended, and maybe a refused record that could not be undone.
	if j.file != nil {
		if uint64(len(recs)) < j.count {
			return ErrTampered
		}
		recs = recs[:j.count]
	}
	return j.rewriteLocked(recs)
}

func (j *Journal) usableLocked() error {
	j.v.mu.RLock()
	defer j.v.mu.RUnlock()
	switch {
	case j.v.destroyed:
		return ErrDestroyed
	case j.closed:
		return fs.ErrClosed
	}
	return nil
}

// remember appends to a journal in memory.
func (j *Journal) remember(recs ...[]byte) {
	j.v.mu.Lock()
	defer j.v.mu.Unlock()
	j.v.journals[j.name] = append(j.v.journals[j.name], bytesOf(recs)...)
}

// Rewrite replaces all records. It is atomic: after an error or a crash the
// journal holds the old records or the new ones.
func (j *Journal) Rewrite(recs [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usableLocked(); err != nil {
		return fmt.Errorf("rewrite journal %s: %w", j.name, err)
	}
	if !j.v.Persistent() {
		j.v.mu.Lock()
		j.v.journals[j.name] = bytesOf(recs)
		j.v.mu.Unlock()
		return nil
	}
	if err := j.rewriteLocked(recs); err != nil {
		return fmt.Errorf("rewrite journal %s: %w", j.name, err)
	}
	return nil
}

func (j *Journal) rewriteLocked(recs [][]byte) error {
	id := make([]byte, journalIDLen)
	_, _ = rand.Read(id)
	data := append([]byte(journalMagic), id...)
	for i, r := range recs {
		data = j.encode(data, r, id, uint64(i))
	}
	if len(data) > maxFile {
		return errors.New("too long")
	}
	passing := j.fileName() + ".tmp"
	if err := j.v.writeDurably(passing, data); err != nil {
		return err
	}
	// Windows renames over no open file, so the old one is closed first. Until
	// the new one is open the journal counts as broken.
	j.broken = true
	if j.file != nil {
		_ = j.file.Close() // all of it is synced, or is being replaced
		j.file = nil
	}
	if err := os.Rename(j.v.path(passing), j.v.path(j.fileName())); err != nil {
		return err
	}
	if err := syncDir(j.v.dir); err != nil {
		return err
	}
	f, err := j.v.openFile(j.fileName(), os.O_WRONLY)
	if err != nil {
		return err
	}
	j.file, j.id, j.end, j.count, j.broken = f, id, int64(len(data)), uint64(len(recs)), false
	return nil
}

// Close closes the file. Nothing needs to be flushed.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

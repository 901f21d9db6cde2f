package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// ErrBroken means that the disk failed in a way that leaves the state of the
// journal's file unknown. The next Append or Rewrite starts a new file.
var ErrBroken = errors.New("the disk failed the journal")

// A journal is a head, "CPJ1" and the random id of this version of the file,
// and records: the length of the sealed record, a checksum of that length and
// the record's place, and the record, sealed under the key of files and bound
// to account, name, id and place. So records can be neither changed, swapped,
// moved nor taken out of the middle, and a damaged length is told from the end
// of a file that a crash cut off.
const (
	journalMagic = "CPJ1"
	journalIDLen = 16
	journalHead  = len(journalMagic) + journalIDLen
	recordHead   = 8
	maxRecord    = 16 << 20
	suffix       = ".journal"
)

// Journal is a list of records that only grows, until it is rewritten. It may
// be used concurrently.
type Journal struct {
	v    *Vault
	name string

	mu     sync.Mutex
	file   file     // guarded by mu; nil in memory and once closed
	id     []byte   // guarded by mu
	end    int64    // guarded by mu; where the next record goes
	count  uint64   // guarded by mu; records in the file
	broken bool     // guarded by mu
	closed bool     // guarded by mu
	found  [][]byte // as replayed at open
}

// Journal opens or makes a journal. What a crash cut off from its end is
// removed. If a record was changed, the error is [ErrTampered] and the journal
// is usable all the same: it holds the records before that one, and the whole
// file was copied aside. A journal may be open only once.
func (v *Vault) Journal(name string) (*Journal, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	j := &Journal{v: v, name: name}
	v.mu.RLock()
	destroyed := v.destroyed
	if !v.Persistent() {
		j.found = bytesOf(v.journals[name])
	}
	v.mu.RUnlock()
	if destroyed {
		return nil, ErrDestroyed
	}
	if !v.Persistent() {
		return j, nil
	}
	damage, err := j.open()
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", name, err)
	}
	if damage != nil {
		return j, fmt.Errorf("open journal %s: %w", name, damage)
	}
	return j, nil
}

func bytesOf(recs [][]byte) [][]byte {
	out := make([][]byte, len(recs))
	for i, r := range recs {
		out[i] = bytes.Clone(r)
	}
	return out
}

// Format writes what the value is and nothing of what it holds.
func (j *Journal) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("vault.Journal")) }

// Records returns the records that were found when the journal was opened.
func (j *Journal) Records() [][]byte { return j.found }

func (j *Journal) fileName() string { return j.name + suffix }

// open replays the file. damage tells of a record that was changed.
func (j *Journal) open() (damage, err error) {
	data, err := readLimited(j.v.path(j.fileName()))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	id, recs, good, damage := replay(data, j.unseal)
	if damage != nil {
		if err := j.copyAside(data); err != nil {
			return nil, err
		}
	}
	if id == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		return damage, j.rewriteLocked(nil)
	}
	f, err := j.v.openFile(j.fileName(), os.O_WRONLY)
	if err != nil {
		return nil, err
	}
	if good < int64(len(data)) {
		if err := errors.Join(f.Truncate(good), f.Sync()); err != nil {
			return nil, errors.Join(fmt.Errorf("cut the torn end: %w", err), f.Close())
		}
	}
	j.file, j.id, j.end, j.count, j.found = f, id, good, uint64(len(recs)), recs
	return damage, nil
}

// replay reads a journal's file: its id (nil if there is no usable head), its
// records, the offset behind the last good one, and whether it was changed.
func replay(data []byte, open func(sealed, id []byte, seq uint64) ([]byte, error)) (id []byte, recs [][]byte, good int64, damage error) {
	if len(data) < journalHead || allZero(data) {
		return nil, nil, 0, nil // never finished making it
	}
	if !bytes.HasPrefix(data, []byte(journalMagic)) {
		return nil, nil, 0, ErrTampered
	}
	id = bytes.Clone(data[len(journalMagic):journalHead])
	rest := data[journalHead:]
	good = int64(journalHead)
	for seq := uint64(0); len(rest) >= recordHead && !allZero(rest); seq++ {
		n := binary.BigEndian.Uint32(rest)
		if binary.BigEndian.Uint32(rest[4:]) != checksum(id, seq, n) || n > maxRecord {
			return id, recs, good, ErrTampered
		}
		if uint64(len(rest)-recordHead) < uint64(n) {
			return id, recs, good, nil
		}
		sealed := rest[recordHead : recordHead+n]
		rec, err := open(sealed, id, seq)
		if err != nil {
			// A crash may leave a file that has its new length but not its new
			// content: its last record then ends in zeros.
			if len(rest) == recordHead+int(n) && allZero(sealed[max(0, len(sealed)-16):]) {
				return id, recs, good, nil
			}
			return id, recs, good, err
		}
		recs = append(recs, rec)
		rest = rest[recordHead+n:]
		good += int64(recordHead) + int64(n)
	}
	return id, recs, good, nil
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func checksum(id []byte, seq uint64, n uint32) uint32 {
	b := binary.BigEndian.AppendUint64(bytes.Clone(id), seq)
	return crc32.ChecksumIEEE(binary.BigEndian.AppendUint32(b, n))
}

func (j *Journal) bound(id []byte, seq uint64) []byte {
	return bind("journal", j.v.account, j.name, string(id), strconv.FormatUint(seq, 10))
}

func (j *Journal) unseal(sealed, id []byte, seq uint64) ([]byte, error) {
	return unseal(j.v.files, sealed, j.bound(id, seq))
}

// encode appends a record to dst as it stands in the file.
func (j *Journal) encode(dst, rec, id []byte, seq uint64) []byte {
	sealed := seal(nil, j.v.files, rec, j.bound(id, seq))
	n := uint32(len(sealed))
	dst = binary.BigEndian.AppendUint32(dst, n)
	dst = binary.BigEndian.AppendUint32(dst, checksum(id, seq, n))
	return append(dst, sealed...)
}

// copyAside keeps a damaged file under a name that is not yet taken.
func (j *Journal) copyAside(data []byte) error {
	for n := 1; ; n++ {
		name := j.fileName() + ".damaged" + strconv.Itoa(n)
		if _, err := os.Lstat(j.v.path(name)); errors.Is(err, fs.ErrNotExist) {
			if err := j.v.writeDurably(name, data); err != nil {
				return fmt.Errorf("copy the damaged file aside: %w", err)
			}
			return syncDir(j.v.dir)
		} else if err != nil {
			return err
		}
	}
}

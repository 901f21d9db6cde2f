// Package media keeps pictures on the disk: those of messages, and the photos
// of people, so that a chat can be read with no network as it was seen.
//
// Each is one sealed file below the account's folder, not a row of the store:
// a picture has up to 10 MB, and what a log-structured tree holds is copied
// when it compacts. A picture of a chat is sealed under the chat's key, so that
// a purge makes it noise even if its file stays. Names of files and folders are
// keyed hashes: who looks at the folder learns how many there are and how
// large, not whose.
//
// It promises that what Get returns was put under that name. It does not
// promise to keep anything: what is damaged, too old or too much is gone, and
// can be read from the servers again. It refuses nothing but what is too large;
// whether something is a picture its user checks, before and after.
package media

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"chatpane/app/chat"
)

const (
	// Most is how many bytes one picture may have.
	Most = 10 << 20
	// folder is where the pictures are, in the account's folder.
	folder = "media"
	bucket = "media"
	// inMemory bounds what is kept where nothing may be on the disk.
	inMemory = 16 << 20
)

// ErrTooLarge refuses a picture of more than [Most] bytes.
var ErrTooLarge = errors.New("picture too large")

// Sealer is what the cache needs of *vault.Vault.
type Sealer interface {
	Persistent() bool
	Dir() string
	BadgerKey() []byte
	Seal(bucket string, key, plain []byte) []byte
	Unseal(bucket string, key, sealed []byte) ([]byte, error)
	SealChat(chat, bucket string, key, plain []byte) ([]byte, error)
	UnsealChat(chat, bucket string, key, sealed []byte) ([]byte, error)
}

// Key names a picture. Chat and Message are empty for a person's photo.
type Key struct {
	Chat    chat.ID
	Message string
	Name    string // the content within the message, or person and size
}

// Cache holds the pictures of one account. Its methods may be called
// concurrently, also when nothing may be on the disk: then it holds a few in memory.
type Cache struct {
	vault Sealer
	dir   string // "" = in memory
	names []byte // key of the hashes

	mu     sync.Mutex
	chats  map[string]bool // folders that are there
	memory map[string][]byte
	held   int // bytes of memory
}

// Open opens the pictures of an account. A folder that cannot be read is as an
// empty one.
func Open(v Sealer) *Cache {
	c := &Cache{vault: v, chats: map[string]bool{}, memory: map[string][]byte{}}
	mac := hmac.New(sha256.New, v.BadgerKey())
	mac.Write([]byte("names of pictures"))
	c.names = mac.Sum(nil)
	if !v.Persistent() {
		return c
	}
	c.dir = filepath.Join(v.Dir(), folder)
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return c
	}
	for _, e := range entries {
		c.chats[e.Name()] = true
	}
	return c
}

// hash is the keyed name of a text: 20 hexadecimal digits.
func (c *Cache) hash(text string) string {
	mac := hmac.New(sha256.New, c.names)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:10])
}

// path is where a picture is, relative to the folder: one folder for each chat,
// in it files whose names begin with the message.
func (c *Cache) path(k Key) (dir, file string) {
	return c.hash("chat " + string(k.Chat)), c.hash("message "+k.Message) + c.hash("name "+k.Name)
}

// Put keeps a picture; without data it keeps the fact that there is none.
func (c *Cache) Put(k Key, data []byte) error {
	if len(data) > Most {
		return ErrTooLarge
	}
	dir, file := c.path(k)
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(data)), uint64(time.Now().UnixMilli()))
	plain = append(plain, data...)
	sealed := []byte(nil)
	if k.Chat == "" {
		sealed = c.vault.Seal(bucket, []byte(dir+file), plain)
	} else {
		var err error
		if sealed, err = c.vault.SealChat(string(k.Chat), bucket, []byte(dir+file), plain); err != nil {
			return fmt.Errorf("seal picture: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" {
		c.holdLocked(dir+file, sealed)
		return nil
	}
	return c.writeLocked(dir, file, sealed)
}

func (c *Cache) holdLocked(name string, sealed []byte) {
	if c.held+len(sealed) > inMemory {
		clear(c.memory)
		c.held = 0
	}
	c.held += len(sealed) - len(c.memory[name])
	c.memory[name] = sealed
}

// writeLocked writes under a passing name first. It does not wait for the disk:
// a file that a crash cut is not what was sealed, and is read again.
func (c *Cache) writeLocked(dir, file string, sealed []byte) error {
	at := filepath.Join(c.dir, dir)
	if err := os.MkdirAll(at, 0o700); err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	c.chats[dir] = true
	passing := filepath.Join(at, file+".tmp")
	err := os.WriteFile(passing, sealed, 0o600)
	if err == nil {
		err = os.Rename(passing, filepath.Join(at, file))
	}
	if err != nil {
		return fmt.Errorf("keep picture: %w", errors.Join(err, removed(os.Remove(passing))))
	}
	return nil
}

// Get returns a picture and when it was put; ok is false when it is not kept.
func (c *Cache) Get(k Key) (data []byte, at time.Time, ok bool) {
	dir, file := c.path(k)
	sealed, err := c.read(dir, file)
	if err != nil {
		return nil, time.Time{}, false
	}
	plain, err := c.unseal(k, dir+file, sealed)
	if err != nil || len(plain) < 8 {
		c.remove(dir, file)
		return nil, time.Time{}, false
	}
	return plain[8:], time.UnixMilli(int64(binary.BigEndian.Uint64(plain))), true
}

func (c *Cache) unseal(k Key, name string, sealed []byte) ([]byte, error) {
	if k.Chat == "" {
		return c.vault.Unseal(bucket, []byte(name), sealed)
	}
	return c.vault.UnsealChat(string(k.Chat), bucket, []byte(name), sealed)
}

func (c *Cache) read(dir, file string) ([]byte, error) {
	if c.dir != "" {
		return os.ReadFile(filepath.Join(c.dir, dir, file))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sealed, ok := c.memory[dir+file]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return sealed, nil
}

// Has tells that a picture is kept, without reading it.
func (c *Cache) Has(k Key) bool {
	dir, file := c.path(k)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" {
		_, ok := c.memory[dir+file]
		return ok
	}
	_, err := os.Stat(filepath.Join(c.dir, dir, file))
	return err == nil
}

// HasOf tells that something of a chat may be kept. It looks at no file.
func (c *Cache) HasOf(id chat.ID) bool {
	dir, _ := c.path(Key{Chat: id})
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dir == "" && len(c.memory) > 0 || c.chats[dir]
}

// Forget removes the pictures of a message, or with message "" of a chat.
func (c *Cache) Forget(id chat.ID, message string) error {
	dir, _ := c.path(Key{Chat: id})
	begins := ""
	if message != "" {
		begins = c.hash("message " + message)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, sealed := range c.memory {
		if strings.HasPrefix(name, dir+begins) {
			c.held -= len(sealed)
			delete(c.memory, name)
		}
	}
	if c.dir == "" || !c.chats[dir] {
		return nil
	}
	if message == "" {
		delete(c.chats, dir)
		return removed(os.RemoveAll(filepath.Join(c.dir, dir)))
	}
	files, err := os.ReadDir(filepath.Join(c.dir, dir))
	for _, f := range files {
		if strings.HasPrefix(f.Name(), begins) {
			err = errors.Join(err, removed(os.Remove(filepath.Join(c.dir, dir, f.Name()))))
		}
	}
	return removed(err)
}

func (c *Cache) remove(dir, file string) {
	if c.dir != "" {
		_ = os.Remove(filepath.Join(c.dir, dir, file)) // it is read again, whether it goes or not
	}
}

// removed is no error when there was nothing to remove.
func removed(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("remove picture: %w", err)
}

// Size is how many bytes all pictures take.
func (c *Cache) Size() (bytes int64) {
	for _, f := range c.files() {
		bytes += f.size
	}
	return bytes
}

// Trim removes pictures put before a time, and the oldest beyond so many
// bytes; zero = no such bound.
func (c *Cache) Trim(before time.Time, most int64) error {
	all := c.files()
	slices.SortFunc(all, func(a, b file) int { return cmp.Or(b.put.Compare(a.put), cmp.Compare(a.path, b.path)) })
	var err error
	total := int64(0)
	for _, f := range all {
		total += f.size
		if f.put.Before(before) || most > 0 && total > most {
			err = errors.Join(err, removed(os.Remove(f.path)))
		}
	}
	return err
}

// file is one picture on the disk.
type file struct {
	path string
	size int64
	put  time.Time
}

func (c *Cache) files() (out []file) {
	if c.dir == "" {
		return nil
	}
	// What cannot be looked at is not counted; it may be going right now.
	_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			out = append(out, file{path, info.Size(), info.ModTime()})
		}
		return nil
	})
	return out
}

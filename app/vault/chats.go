package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
)

// The file of chat keys, and the name under which its next version is written.
const (
	keysFile = "keys.bin"
	keysNew  = "keys.bin.new"
	keysHead = "CPK1"
	keyIDLen = 4
)

// chatKey is the key of one chat: a random id, which stands in front of every
// value sealed with it, and the key itself.
type chatKey [keyIDLen + keySize]byte

func (c chatKey) id() []byte { return c[:keyIDLen] }
func (c chatKey) key() key   { return key(c[keyIDLen:]) }

// SealChat seals a value that belongs to one chat. The chat gets a key with its
// first value, which costs a file write; [Vault.AddChats] does that for many. It
// returns [ErrShredded] when the chat is shredded at that moment.
func (v *Vault) SealChat(chat, bucket string, key, plain []byte) ([]byte, error) {
	v.mu.RLock()
	k, ok := v.chats[chat]
	v.mu.RUnlock()
	if !ok {
		if err := v.AddChats(chat); err != nil {
			return nil, err
		}
		v.mu.RLock()
		k, ok = v.chats[chat]
		v.mu.RUnlock()
		if !ok {
			return nil, fmt.Errorf("seal a value of a chat: %w", ErrShredded)
		}
	}
	head := append([]byte{format}, k.id()...)
	return seal(head, k.key(), plain, v.boundToChat(k, chat, bucket, key)), nil
}

// UnsealChat returns what was sealed for the same chat and place. It returns
// [ErrShredded] when the key it was sealed with is gone, even if the chat has a
// new one, and [ErrTampered] for anything else that does not fit.
func (v *Vault) UnsealChat(chat, bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+keyIDLen || sealed[0] != format {
		return nil, fmt.Errorf("unseal a chat's value of %s: %w", bucket, ErrTampered)
	}
	v.mu.RLock()
	k, ok := v.chats[chat]
	v.mu.RUnlock()
	if !ok || !bytes.Equal(k.id(), sealed[1:1+keyIDLen]) {
		return nil, fmt.Errorf("unseal a chat's value of %s: %w", bucket, ErrShredded)
	}
	plain, err := unseal(k.key(), sealed[1+keyIDLen:], v.boundToChat(k, chat, bucket, key))
	if err != nil {
		return nil, fmt.Errorf("unseal a chat's value of %s: %w", bucket, err)
	}
	return plain, nil
}

func (v *Vault) boundToChat(k chatKey, chat, bucket string, key []byte) []byte {
	return bind("chat", v.account, chat, string(k.id()), bucket, string(key))
}

// AddChats makes the keys of chats that have none, with one write of keys.bin
// for all. They are durable when it returns.
func (v *Vault) AddChats(chats ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	next := maps.Clone(v.chats)
	for _, c := range chats {
		if _, ok := next[c]; !ok {
			var k chatKey
			_, _ = rand.Read(k[:])
			next[c] = k
		}
	}
	if len(next) == len(v.chats) {
		return nil
	}
	if v.destroyed {
		return ErrDestroyed
	}
	if err := v.writeKeysLocked(next, v.purge); err != nil {
		return fmt.Errorf("make the key of a chat: %w", err)
	}
	v.chats = next
	return nil
}

// writeKeysLocked replaces keys.bin.
func (v *Vault) writeKeysLocked(chats map[string]chatKey, under key) error {
	if !v.Persistent() {
		return nil
	}
	if err := v.writeNewKeysLocked(chats, under); err != nil {
		return err
	}
	return v.replaceKeysLocked()
}

func (v *Vault) writeNewKeysLocked(chats map[string]chatKey, under key) error {
	return v.writeDurably(keysNew, v.sealKeys(chats, under))
}

func (v *Vault) replaceKeysLocked() error {
	if err := os.Rename(v.path(keysNew), v.path(keysFile)); err != nil {
		return fmt.Errorf("replace keys.bin: %w", err)
	}
	return syncDir(v.dir)
}

// Shred destroys the keys of chats: their values are unreadable when it
// returns, in every copy of the files. After an error the chats may or may not
// be shredded; it may be repeated.
func (v *Vault) Shred(chats ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.destroyed {
		return ErrDestroyed
	}
	if v.unsettled {
		if err := v.settlePurgeKeyLocked(v.purge); err != nil {
			return fmt.Errorf("shred chats: %w", err)
		}
	}
	next := maps.Clone(v.chats)
	for _, c := range chats {
		delete(next, c)
	}
	if len(next) == len(v.chats) {
		return nil
	}
	if v.Persistent() {
		if err := v.rotateLocked(next); err != nil {
			return fmt.Errorf("shred %d chats: %w", len(v.chats)-len(next), err)
		}
	}
	v.chats = next
	return nil
}

// rotateLocked writes keys.bin under a new Kp and forgets the old one: the new
// file, the new key beside the old, the rename, the new key in place of the
// old. recover knows what a crash between any two of these leaves.
func (v *Vault) rotateLocked(chats map[string]chatKey) error {
	fresh := newKey()
	if err := v.writeNewKeysLocked(chats, fresh); err != nil {
		return err
	}
	if err := v.keep("kp2", fresh); err != nil {
		return err
	}
	if err := v.replaceKeysLocked(); err != nil {
		return err
	}
	// From here on keys.bin is under the new key, whatever else fails.
	v.purge, v.chats, v.unsettled = fresh, chats, true
	if err := v.hooks.at("renamed"); err != nil {
		return err
	}
	return v.settlePurgeKeyLocked(fresh)
}

// settlePurgeKeyLocked makes fresh the only Kp.
func (v *Vault) settlePurgeKeyLocked(fresh key) error {
	if err := v.keep("kp", fresh); err != nil {
		return err
	}
	if err := v.keychain.Delete(item(v.account, "kp2")); err != nil && !errors.Is(err, ErrNoKey) {
		return err
	}
	v.unsettled = false
	return v.hooks.at("settled")
}

// loadChatKeys reads keys.bin and finishes a rotation that was cut short. A
// directory that holds nothing gets an empty one.
func (v *Vault) loadChatKeys(empty bool) error {
	second, err := getKey(v.keychain, v.account, "kp2")
	rotating := err == nil
	if err != nil && !errors.Is(err, ErrNoKey) {
		return err
	}
	if empty {
		return v.startChatKeys()
	}
	if rotating {
		done, err := v.finishRotation(second)
		if done || err != nil {
			return err
		}
	}
	if v.purge, err = v.key("kp", false); err != nil {
		return err
	}
	if v.chats, err = v.readKeys(keysFile, v.purge); err != nil {
		return err
	}
	return removeIfThere(v.path(keysNew))
}

func (v *Vault) startChatKeys() (err error) {
	if v.purge, err = v.key("kp", true); err != nil {
		return err
	}
	v.chats = map[string]chatKey{}
	return v.writeKeysLocked(v.chats, v.purge)
}

// finishRotation goes on where a rotation to the second key stopped. It
// reports false when the rotation has to be forgotten, because its file is
// missing; keys.bin is then still the one under Kp.
func (v *Vault) finishRotation(second key) (bool, error) {
	chats, err := v.readKeys(keysFile, second)
	if err != nil {
		next, err := v.readKeys(keysNew, second)
		if err != nil {
			return false, v.forgetSecond()
		}
		if err := v.replaceKeysLocked(); err != nil {
			return false, err
		}
		chats = next
	}
	v.purge, v.chats = second, chats
	if err := v.settlePurgeKeyLocked(second); err != nil {
		return false, err
	}
	return true, removeIfThere(v.path(keysNew))
}

func (v *Vault) forgetSecond() error {
	// Only once keys.bin is known to open without the second key.
	first, err := v.key("kp", false)
	if err != nil {
		return err
	}
	if _, err := v.readKeys(keysFile, first); err != nil {
		return err
	}
	return v.keychain.Delete(item(v.account, "kp2"))
}

func (v *Vault) sealKeys(chats map[string]chatKey, under key) []byte {
	// A map of texts to bytes always has a JSON form.
	flat := make(map[string][]byte, len(chats))
	for c, k := range chats {
		flat[c] = k[:]
	}
	plain, err := json.Marshal(flat)
	if err != nil {
		panic("vault: " + err.Error())
	}
	return seal([]byte(keysHead), under, plain, bind("keys", v.account))
}

func (v *Vault) readKeys(name string, under key) (map[string]chatKey, error) {
	data, err := readLimited(v.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w: it is missing", name, ErrTampered)
	}
	if err != nil {
		return nil, err
	}
	chats, err := parseKeys(data, under, v.account)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return chats, nil
}

func parseKeys(data []byte, under key, account string) (map[string]chatKey, error) {
	body, ok := bytes.CutPrefix(data, []byte(keysHead))
	if !ok {
		return nil, ErrTampered
	}
	plain, err := unseal(under, body, bind("keys", account))
	if err != nil {
		return nil, err
	}
	var flat map[string][]byte
	if err := json.Unmarshal(plain, &flat); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	chats := make(map[string]chatKey, len(flat))
	for c, k := range flat {
		if len(k) != len(chatKey{}) {
			return nil, ErrTampered
		}
		chats[c] = chatKey(k)
	}
	return chats, nil
}

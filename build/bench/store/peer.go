package main

import (
	"encoding/json"
	"fmt"

	"chatpane/app/chat"

	"github.com/dgraph-io/badger/v4"
)

// peer is the store one would write first: Badger by its default options with
// an encryption key, long keys, JSON values, no sealing. SyncWrites is on, as
// in ours.
type peer struct{ db *badger.DB }

func openPeer(dir string) (*peer, error) {
	o := badger.DefaultOptions(dir).WithLogger(nil).WithEncryptionKey(make([]byte, 32)).
		WithIndexCacheSize(100 << 20). // 0, the default, panics with a key
		WithSyncWrites(true)
	db, err := badger.Open(o)
	if err != nil {
		return nil, fmt.Errorf("open peer: %w", err)
	}
	return &peer{db}, nil
}

func (p *peer) close() error { return p.db.Close() }

func peerKey(m chat.Message) []byte {
	return fmt.Appendf(nil, "m|%s|%020d|%s", m.Chat, m.Created.UnixMilli(), m.ID)
}

func (p *peer) add(list []chat.Message) error {
	return p.db.Update(func(tx *badger.Txn) error {
		for _, m := range list {
			b, err := json.Marshal(m)
			if err != nil {
				return err
			}
			if err := tx.Set(peerKey(m), b); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *peer) latest(id chat.ID, n int) ([]chat.Message, error) {
	var out []chat.Message
	err := p.db.View(func(tx *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Reverse, o.PrefetchSize = true, n
		prefix := []byte("m|" + string(id) + "|")
		o.Prefix = prefix
		it := tx.NewIterator(o)
		defer it.Close()
		for it.Seek(append(prefix, 0xff)); it.Valid() && len(out) < n; it.Next() {
			var m chat.Message
			if err := it.Item().Value(func(b []byte) error { return json.Unmarshal(b, &m) }); err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

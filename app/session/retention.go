package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chatpane/app/store"
)

// retainEvery is how often the cache is held to the retention.
const retainEvery = 24 * time.Hour

// index brings the index up to date where it is behind, then removes what the
// policy does not keep, at once and every day of use. Drafts and unsent messages
// are never removed.
func (s *Session) index(ctx context.Context) error {
	if err := s.store.Index(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("search finds a part only", "err", err)
	}
	p := s.policy
	for {
		var before time.Time
		if p.RetentionDays > 0 {
			before = time.Now().AddDate(0, 0, -p.RetentionDays)
		}
		if p.RetentionDays > 0 || p.CacheMegabytes > 0 {
			err := s.sync.Retain(ctx, before, int64(max(p.CacheMegabytes, 0))<<20)
			if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrFull) {
				s.log.Warn("old messages stay for now", "err", err)
			}
		}
		if err := s.media.Trim(before, int64(max(p.MediaMegabytes, 0))<<20); err != nil {
			s.log.Warn("old pictures stay for now", "err", err)
		}
		t := time.NewTimer(retainEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// Storage tells what the cache takes, for the Storage page.
type Storage struct {
	Bytes    int64         `json:"bytes"` // on disk, with the index and pictures
	Messages int64         `json:"messages"`
	Chats    []StorageChat `json:"chats"` // the largest first
	// RetentionDays and CacheMegabytes are the policy's limits; 0 = none.
	RetentionDays  int64 `json:"retentionDays"`
	CacheMegabytes int64 `json:"cacheMegabytes"`
}

// StorageChat is what one chat takes.
type StorageChat struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"` // "" = nobody else is in it
	Messages int64    `json:"messages"`
	Bytes    int64    `json:"bytes"`   // of its messages, without their part of the index
	Records  []string `json:"records"` // keys of the records it is connected to
	Since    string   `json:"since"`   // complete from this time on; "" = from its beginning, or not at all
}

// ReadStorage measures the cache.
func (s *Session) ReadStorage(context.Context) (Storage, error) {
	sizes, err := s.store.Sizes()
	if err != nil {
		return Storage{}, fmt.Errorf("measure the cache: %w", err)
	}
	r := s.store.Report()
	out := Storage{Bytes: r.Bytes + s.media.Size(), Messages: int64(r.Messages), Chats: []StorageChat{},
		RetentionDays: int64(s.policy.RetentionDays), CacheMegabytes: int64(s.policy.CacheMegabytes)}
	s.mu.Lock()
	defer s.mu.Unlock()
	ties := s.view.ties()
	for _, z := range sizes {
		since, _ := s.sync.Back(z.Chat)
		out.Chats = append(out.Chats, s.view.storageChat(z, ties[z.Chat], since))
	}
	return out, nil
}

func (v *view) storageChat(z store.Size, ties []tie, since time.Time) StorageChat {
	c := v.chats[z.Chat]
	out := StorageChat{ID: string(z.Chat), Title: c.Title(v.me.OID), Messages: int64(z.Messages), Bytes: z.Bytes, Records: []string{}, Since: stamp(since)}
	for _, t := range ties {
		out.Records = append(out.Records, t.link.Record.Key())
	}
	slices.Sort(out.Records)
	return out
}

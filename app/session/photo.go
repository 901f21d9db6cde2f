package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"chatpane/app/media"
	"chatpane/app/odata"
)

// How long a photo, and the fact that there is none, is kept (graph.md §2.5).
const (
	photoFresh   = 7 * 24 * time.Hour
	noPhotoFresh = 24 * time.Hour
)

// photos remembers until when no photo can be read at all.
type photos struct {
	mu  sync.Mutex
	off time.Time
}

func (p *photos) forbidden(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = until
}

func (p *photos) allowed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !time.Now().Before(p.off)
}

// Photo returns a person's photo and its type; both are empty when there is
// none. size is one of Graph's, such as "48x48". One that is old is better than
// none while the server does not answer.
func (s *Session) Photo(ctx context.Context, user, size string) ([]byte, string, error) {
	switch size {
	case "48x48", "64x64", "96x96", "120x120", "240x240":
	default:
		size = "96x96"
	}
	key := media.Key{Name: "photo " + user + " " + size}
	kept, at, known := s.media.Get(key)
	fresh := photoFresh
	if len(kept) == 0 {
		fresh = noPhotoFresh
	}
	if known && time.Since(at) < fresh || !s.photos.allowed() {
		return photoOr(kept, nil)
	}
	data, _, err := s.graph.Photo(ctx, user, size)
	switch {
	case errors.Is(err, odata.ErrNotFound):
		s.keepPicture(key, nil)
		return nil, "", nil
	case isMissingScope(err):
		s.photos.forbidden(time.Now().Add(presenceOff))
		return photoOr(kept, nil)
	case err != nil:
		return photoOr(kept, fmt.Errorf("read photo: %w", err))
	}
	data, kind, err := checkImage(data)
	if err != nil {
		return nil, "", err
	}
	s.keepPicture(key, data)
	return data, kind, nil
}

// photoOr is the photo that was kept, else there is none because of err.
func photoOr(kept []byte, err error) ([]byte, string, error) {
	if len(kept) == 0 {
		return nil, "", err
	}
	return checkImage(kept)
}

package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"chatpane/app/odata"
)

// How long a photo, and the fact that there is none, is kept (graph.md §2.5).
const (
	photoFresh   = 7 * 24 * time.Hour
	noPhotoFresh = 24 * time.Hour
	photosKept   = 500
)

// photos remembers people's photos for this run, so that a list of faces costs
// each face one request.
type photos struct {
	mu   sync.Mutex
	kept map[string]photo
}

type photo struct {
	data  []byte // nil: there is none
	kind  string
	until time.Time
}

// Photo returns a person's photo and its type; both are empty when there is
// none. size is one of Graph's, such as "48x48".
func (s *Session) Photo(ctx context.Context, user, size string) ([]byte, string, error) {
	switch size {
	case "48x48", "64x64", "96x96", "120x120", "240x240":
	default:
		size = "96x96"
	}
	key := user + "|" + size
	now := time.Now()
	s.photos.mu.Lock()
	p, ok := s.photos.kept[key]
	s.photos.mu.Unlock()
	if ok && now.Before(p.until) {
		return p.data, p.kind, nil
	}
	data, _, err := s.graph.Photo(ctx, user, size)
	switch {
	case errors.Is(err, odata.ErrNotFound):
		s.photos.keep(key, photo{until: now.Add(noPhotoFresh)})
		return nil, "", nil
	case isMissingScope(err):
		s.photos.keep(key, photo{until: now.Add(presenceOff)})
		return nil, "", nil
	case err != nil:
		return nil, "", fmt.Errorf("read photo: %w", err)
	}
	p = photo{until: now.Add(photoFresh)}
	if p.data, p.kind, err = checkImage(data); err != nil {
		return nil, "", err
	}
	s.photos.keep(key, p)
	return p.data, p.kind, nil
}

// keep remembers a photo; a full memory starts over, which costs requests only.
func (p *photos) keep(key string, one photo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= photosKept {
		p.kept = map[string]photo{}
	}
	p.kept[key] = one
}

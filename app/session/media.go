package session

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"image"
	_ "image/gif"  // decoders that check what an image claims to be
	_ "image/jpeg" // "
	_ "image/png"  // "
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/media"
	"chatpane/app/wire"
)

// imageMost bounds an image's pixels (threats.md B7).
const imageMost = 40_000_000

// errNotImage refuses content that is not an image we show.
var errNotImage = errors.New("not an image")

// externalWait is how long a linked picture may take.
const externalWait = 15 * time.Second

// mediaID is the handle of an image: its kind ("h" hosted by Graph, "x" linked
// elsewhere), chat, message, and content id or address, so that the page never
// names a URL.
func mediaID(kind, chatID, message, content string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + "\n" + chatID + "\n" + message + "\n" + content))
}

// picture is what a handle names.
type picture struct{ kind, chat, message, content string }

func pictureOf(handle string) (picture, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(handle)
	parts := strings.Split(string(raw), "\n")
	if err != nil || len(parts) != 4 {
		return picture{}, false
	}
	return picture{parts[0], parts[1], parts[2], parts[3]}, true
}

func (p picture) key() media.Key {
	return media.Key{Chat: chat.ID(p.chat), Message: p.message, Name: p.kind + " " + p.content}
}

// Media returns the image behind a handle of a message the user can read, from
// the cache when it was read before.
func (s *Session) Media(ctx context.Context, handle string) (data []byte, contentType string, err error) {
	p, ok := pictureOf(handle)
	if !ok {
		return nil, "", &Problem{Code: "notFound"}
	}
	m, ok, err := s.store.Message(chat.ID(p.chat), p.message)
	if err != nil || !ok || !m.Deleted.IsZero() {
		return nil, "", &Problem{Code: "notFound"}
	}
	var linked *url.URL
	if p.kind == "x" {
		if linked = s.linkedIn(m, p.content); linked == nil {
			return nil, "", &Problem{Code: "notFound"}
		}
	}
	if kept, _, ok := s.media.Get(p.key()); ok {
		return checkImage(kept)
	}
	switch {
	case linked != nil:
		data, err = s.linked(ctx, linked)
	case p.kind == "h":
		data, _, err = s.graph.HostedContent(ctx, p.chat, p.message, p.content)
		s.sync.Heard(err)
	default:
		return nil, "", &Problem{Code: "notFound"}
	}
	if err != nil {
		return nil, "", fmt.Errorf("read image: %w", err)
	}
	if data, contentType, err = checkImage(data); err == nil {
		s.keepPicture(p.key(), data)
	}
	return data, contentType, err
}

// keepPicture keeps a picture for later, if there is room. That it is not kept
// costs a request when it is shown again, and is no error.
func (s *Session) keepPicture(k media.Key, data []byte) {
	err := s.store.Room()
	if err == nil {
		err = s.media.Put(k, data)
	}
	if err != nil {
		s.log.Warn("picture is not kept", "err", err)
	}
}

// linkedIn is the address of a picture that a message links, nil unless policy
// lets its host be shown (threats.md decision 10).
func (s *Session) linkedIn(m chat.Message, encoded string) *url.URL {
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	u, err := url.Parse(string(raw))
	if err != nil || u.Scheme != "https" || !s.policy.AllowsImage(u.Host) || !strings.Contains(html.UnescapeString(m.Body), string(raw)) {
		return nil
	}
	return u
}

// linked fetches a linked picture: without a token, from public addresses only.
func (s *Session) linked(ctx context.Context, u *url.URL) ([]byte, error) {
	transport := s.transport
	if transport == nil {
		transport = wire.NewPublicTransport()
	}
	client, err := wire.NewClient("https://"+u.Host, wire.Options{Transport: transport, Log: s.log, MaxBody: media.Most, Timeout: externalWait})
	if err != nil {
		return nil, fmt.Errorf("read linked picture: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("read linked picture: %w", err)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read linked picture: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errNotImage
	}
	return io.ReadAll(res.Body)
}

// checkImage decodes the header and returns the type it really has.
func checkImage(data []byte) ([]byte, string, error) {
	if http.DetectContentType(data) == "image/webp" {
		return data, "image/webp", nil
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errNotImage, err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width*cfg.Height > imageMost {
		return nil, "", fmt.Errorf("%w: %d×%d pixels", errNotImage, cfg.Width, cfg.Height)
	}
	return data, "image/" + format, nil
}

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
	"chatpane/app/wire"
)

// imageMost bounds an image's pixels (threats.md B7).
const imageMost = 40_000_000

// linkedMost bounds the bytes of a linked picture.
const linkedMost = 10 << 20

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

// Media fetches the image behind a handle of a message the user can read.
func (s *Session) Media(ctx context.Context, handle string) (data []byte, contentType string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil {
		return nil, "", &Problem{Code: "notFound"}
	}
	parts := strings.Split(string(raw), "\n")
	if len(parts) != 4 {
		return nil, "", &Problem{Code: "notFound"}
	}
	m, ok, err := s.store.Message(chat.ID(parts[1]), parts[2])
	if err != nil || !ok {
		return nil, "", &Problem{Code: "notFound"}
	}
	switch parts[0] {
	case "h":
		data, _, err = s.graph.HostedContent(ctx, parts[1], parts[2], parts[3])
		s.sync.Heard(err)
	case "x":
		data, err = s.linked(ctx, m, parts[3])
	default:
		return nil, "", &Problem{Code: "notFound"}
	}
	if err != nil {
		return nil, "", fmt.Errorf("read image: %w", err)
	}
	return checkImage(data)
}

// linked fetches a picture that a message links, if policy lets its host be
// shown: without a token, from public addresses only (threats.md decision 10).
func (s *Session) linked(ctx context.Context, m chat.Message, encoded string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errNotImage
	}
	u, err := url.Parse(string(raw))
	if err != nil || u.Scheme != "https" || !s.policy.AllowsImage(u.Host) || !strings.Contains(html.UnescapeString(m.Body), string(raw)) {
		return nil, &Problem{Code: "notFound"}
	}
	transport := s.transport
	if transport == nil {
		transport = wire.NewPublicTransport()
	}
	client, err := wire.NewClient("https://"+u.Host, wire.Options{Transport: transport, Log: s.log, MaxBody: linkedMost, Timeout: externalWait})
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

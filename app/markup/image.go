package markup

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// hosted matches the path of a picture that Graph keeps with a message. Only
// its last id survives: which chat and message it belongs to, the caller knows
// better than the sender of the HTML.
var hosted = regexp.MustCompile(`^/[A-Za-z0-9.]{1,16}/(?:users/[^/]+/)?(?:chats|teams)/[^?#]+/messages/[^?#]+/hostedContents/([A-Za-z0-9_=+-]+)/\$value$`)

// maxAlt bounds the text of a picture, in characters.
const maxAlt = 500

func (b *builder) image(n *html.Node) Node {
	src := strings.Trim(attr(n, "src"), spaces)
	alt := cut(stripSpoof(squeeze(attr(n, "alt"))), maxAlt)
	if strings.HasSuffix(attr(n, "itemtype"), "/Emoji") { // how older Teams clients write one
		if e := emojiText(alt); e != "" {
			return Node{T: "emoji", Text: e}
		}
	}
	out := Node{T: "image", Alt: alt, Width: number(attr(n, "width"), 0, 10000), Height: number(attr(n, "height"), 0, 10000)}
	if id, ok := b.hostedID(src); ok {
		out.Media = "h/" + id
		return out
	}
	l, ok := parseLink(src)
	if !ok || !strings.HasPrefix(l.url, "https:") {
		return Node{T: "unknown", Text: "image", Alt: alt}
	}
	if b.c.ImageHost != nil && b.c.ImageHost(l.host) {
		out.Media = "x/" + base64.RawURLEncoding.EncodeToString([]byte(l.url))
		return out
	}
	return Node{T: "unknown", Text: "image", Alt: alt, Host: l.host, URL: l.url}
}

func (b *builder) hostedID(src string) (string, bool) {
	u, err := url.Parse(src)
	if err != nil || b.c.GraphHost == "" || !strings.EqualFold(u.Host, b.c.GraphHost) ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	m := hosted.FindStringSubmatch(u.Path)
	if m == nil || len(m[1]) > maxURL || strings.Contains(u.Path, "..") {
		return "", false
	}
	return m[1], true
}

// emojiText accepts the text of an emoji: short, so that nothing else hides in it.
func emojiText(alt string) string {
	alt = stripSpoof(squeeze(alt))
	if utf8.RuneCountInString(alt) > 32 {
		return ""
	}
	return alt
}

package odata

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"sort"
	"strings"

	"chatpane/app/wire"
)

// maxLink caps the length of a paging link.
const maxLink = 32 << 10

// resolve returns the address of a path below Base. The path is already
// escaped and may have a query, to which q is added.
func (c *Client) resolve(p string, q url.Values) (string, error) {
	address := strings.TrimSuffix(c.Base, "/") + "/" + strings.TrimPrefix(p, "/")
	u, err := url.Parse(address)
	if err != nil || u.Fragment != "" || !inside(c.Base, u) {
		return "", fmt.Errorf("%w: path leaves the service", ErrBadRequest)
	}
	if more := encode(q); more != "" {
		if u.RawQuery != "" {
			more = u.RawQuery + "&" + more
		}
		u.RawQuery = more
	}
	return u.String(), nil
}

// encode writes a query the way OData services document it: "$" of option names
// stays, a space is %20.
func encode(q url.Values) string {
	keys := make([]string, 0, len(q))
	for k := range q {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, k := range keys {
		for _, v := range q[k] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(strings.ReplaceAll(url.QueryEscape(k), "%24", "$"))
			b.WriteByte('=')
			b.WriteString(strings.ReplaceAll(url.QueryEscape(v), "+", "%20"))
		}
	}
	return b.String()
}

// isLink tells a paging link from a path.
func isLink(s string) bool {
	return strings.Contains(s, "://") || strings.HasPrefix(s, "//") || strings.Contains(s, "\\")
}

// checkLink accepts an absolute link that a server gave, if it leads below Base.
func (c *Client) checkLink(link string) error {
	if len(link) > maxLink || strings.ContainsAny(link, " \\\t\r\n\x00#") {
		return ErrForeignLink
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return ErrForeignLink
	}
	want, err := wire.Origin(c.Base)
	if err != nil {
		return errors.Join(ErrForeignLink, err)
	}
	got, err := wire.Origin(link)
	if err != nil || got != want || !inside(c.Base, u) {
		return ErrForeignLink
	}
	return nil
}

// inside reports whether the path of u lies below the path of base, with no
// detour that a server might resolve to somewhere else.
func inside(base string, u *url.URL) bool {
	b, err := url.Parse(base)
	if err != nil {
		return false
	}
	if strings.ContainsAny(u.Path, "\\\x00\r\n") {
		return false
	}
	prefix := strings.TrimSuffix(b.Path, "/") + "/"
	if len(u.Path) < len(prefix) || !strings.EqualFold(u.Path[:len(prefix)], prefix) {
		return false
	}
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return strings.TrimSuffix(u.Path, "/") == path.Clean(u.Path) || u.Path == "/"
}

// pathKind is the path below Base with everything that may be an id replaced.
func (c *Client) pathKind(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "{}"
	}
	rest := u.Path
	if b, err := url.Parse(c.Base); err == nil && len(rest) >= len(b.Path) {
		rest = rest[len(strings.TrimSuffix(b.Path, "/")):]
	}
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		if name, _, found := strings.Cut(s, "("); found && plainWord(name) {
			segments[i] = name + "({})"
		} else if !plainWord(s) {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// plainWord reports whether a path segment is a name of the service: letters,
// "$", "_" and "." only, and not too long.
func plainWord(s string) bool {
	if len(s) > 60 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '$' && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

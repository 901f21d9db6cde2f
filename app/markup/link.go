package markup

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxURL is longer than any address people send each other.
const maxURL = 2048

// link is an address that may be clicked.
type link struct {
	url  string // as it is opened, ASCII only
	host string // the real host, in ASCII form
}

// parseLink accepts an absolute https address without user or password, or a
// mailto address.
func parseLink(raw string) (link, bool) {
	raw = strings.Trim(raw, spaces)
	if raw == "" || len(raw) > maxURL || strings.ContainsFunc(raw, unsafeInURL) {
		return link{}, false
	}
	u, err := url.Parse(raw)
	if err != nil {
		return link{}, false
	}
	if u.Scheme == "mailto" {
		return mailto(u)
	}
	if u.Scheme != "https" || u.User != nil || u.Opaque != "" || strings.Contains(u.Host, "@") {
		return link{}, false
	}
	host, ok := asciiHost(u.Hostname())
	if !ok {
		return link{}, false
	}
	port := u.Port()
	u.Host = host
	if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	if port != "" && port != "443" {
		u.Host += ":" + port
	}
	return link{url: u.String(), host: u.Host}, true
}

func unsafeInURL(r rune) bool {
	return r <= ' ' || r == 0x7f || r == '\\' || r == '"' || r == '<' || r == '>' || r == '`' || r == 0xfffd || stripSpoof(string(r)) == ""
}

// asciiHost checks a host name or address and gives international names
// their punycode form.
func asciiHost(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String(), ip.Zone() == ""
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || !hostName.MatchString(ascii) {
		return "", false
	}
	return strings.ToLower(ascii), true
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`)

var mailAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@([A-Za-z0-9.-]+)$`)

// mailto keeps the one address and the subject; other headers could attach
// files or add readers in some mail programs.
func mailto(u *url.URL) (link, bool) {
	address, err := url.PathUnescape(u.Opaque)
	if err != nil {
		return link{}, false
	}
	m := mailAddress.FindStringSubmatch(address)
	if m == nil {
		return link{}, false
	}
	host, ok := asciiHost(m[1])
	if !ok {
		return link{}, false
	}
	out := url.URL{Scheme: "mailto", Opaque: strings.ReplaceAll(url.PathEscape(address), "%40", "@")}
	if subject := u.Query().Get("subject"); subject != "" {
		out.RawQuery = "subject=" + url.PathEscape(stripSpoof(squeeze(subject)))
	}
	return link{url: out.String(), host: host}, true
}

// named finds what reads like a host in the text of a link. The letters may be
// of any script, since lookalikes are the point.
var named = regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]*:/*)?(?:[^\s/@]*@)?([\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)+)`)

// misleads reports whether a reader of the shown text might expect another
// host than the real one: the text names a different one, or the real one is
// international, so that its letters may be lookalikes.
func (l link) misleads(shown string) bool {
	if strings.Contains(l.host, "xn--") {
		return true
	}
	shown = norm.NFKC.String(stripSpoof(shown))
	shown = strings.NewReplacer("。", ".", "∕", "/", "⁄", "/").Replace(shown)
	for _, m := range named.FindAllStringSubmatch(shown, 8) {
		ascii, ok := asciiHost(m[1])
		if !ok {
			return true
		}
		if ip, err := netip.ParseAddr(ascii); err != nil || !ip.IsValid() {
			if last := ascii[strings.LastIndex(ascii, ".")+1:]; len(last) < 2 || strings.Trim(last, "0123456789") == "" {
				continue // a version or a number such as 2.10
			}
		}
		if strings.TrimPrefix(ascii, "www.") != strings.TrimPrefix(bare(l.host), "www.") {
			return true
		}
	}
	return strings.Contains(shown, "://") && !strings.Contains(strings.ToLower(shown), bare(l.host))
}

// nameHosts sets the Host of each link whose text misleads. It looks at the
// finished tree, since only there a link's text is what is shown of it.
func nameHosts(nodes []Node) {
	for i := range nodes {
		n := &nodes[i]
		if n.T == "link" {
			if l, ok := parseLink(n.URL); ok && l.misleads(Text(n.Children)) {
				n.Host = l.host
			}
			continue // links hold no links
		}
		nameHosts(n.Children)
	}
}

// bare is a host without its port.
func bare(host string) string {
	if i := strings.LastIndex(host, ":"); i > 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

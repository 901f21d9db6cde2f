package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// markerPrefix begins the itemid by which we recognise a message of ours.
const markerPrefix = "urn:x-chatpane:"

var opID = regexp.MustCompile(`^[0-9A-Za-z]{10,40}$`)

// WithMarker puts the id of the op that sends a body on a div around it. The
// attribute shows nowhere; when Teams keeps it, the message can be recognised
// after a lost answer.
func WithMarker(body, op string) string {
	return `<div itemid="` + html.EscapeString(markerPrefix+op) + `">` + body + `</div>`
}

// Marker returns the op id that [WithMarker] put on a body, or "". It looks at
// the elements before the first text only, so that a quoted or pasted marker
// deeper inside is none. Whoever uses it checks who sent the message.
func Marker(body string) string {
	if !strings.Contains(body, markerPrefix) {
		return ""
	}
	z := html.NewTokenizer(strings.NewReader(body[:min(len(body), 4096)]))
	for range 4 {
		switch z.Next() {
		case html.StartTagToken:
			for _, a := range z.Token().Attr {
				if id, ok := strings.CutPrefix(a.Val, markerPrefix); ok && a.Key == "itemid" && opID.MatchString(id) {
					return id
				}
			}
		case html.TextToken:
			if strings.Trim(string(z.Text()), spaces) != "" {
				return ""
			}
		case html.ErrorToken:
			return ""
		}
	}
	return ""
}

// Package graph is a thin client of the part of Microsoft Graph v1.0 that the
// product uses: chats, members, messages, people, presence, pictures.
//
// It returns Microsoft's shapes under Microsoft's names and knows nothing of
// ours. It promises to ask only for what Graph documents as supported, to
// notice when Graph ignores a filter, and to survive fields it cannot read: a
// value of the wrong form is empty, an element without what identifies it is
// left out of its list and reported through the odata client's Observe.
//
// It refuses to repeat anything, to follow addresses in answers other than
// paging links, and to interpret message bodies (package markup does).
package graph

import (
	"net/url"
	"strings"
	"sync/atomic"

	"chatpane/app/odata"
)

// Client calls Microsoft Graph for the signed-in user. It may be used concurrently.
type Client struct {
	odata *odata.Client
	// unordered is set once the service has refused to order the chat list.
	unordered atomic.Bool
}

// New makes a client on c, whose Base is the v1.0 root of a Graph host, such
// as "https://graph.microsoft.com/v1.0".
func New(c *odata.Client) *Client { return &Client{odata: c} }

// known asks Graph for enum members it learnt after v1.0 was frozen; without
// it a system message comes as "unknownFutureValue".
const known = "include-unknown-enum-members"

func preferKnown() odata.Option { return odata.WithHeader("Prefer", known) }

// segment makes one path segment of an id, with ":" and "@" escaped too. No id
// becomes ".", which odata refuses, rather than a path to something else.
func segment(id string) string {
	if id == "" {
		return "."
	}
	return strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
}

// chatPath is a path below a chat.
func chatPath(chat string, rest ...string) string {
	return "/chats/" + segment(chat) + strings.Join(rest, "")
}

// Package markup turns the HTML of messages, which anybody may have written,
// into a small tree of [Node] values, and knows the HTML dialect in which
// messages are sent.
//
// It promises that whatever the HTML holds, the tree holds only the node types
// listed at [Node], links that are https or mailto and absolute, and images as
// opaque handles; that it never panics; and that its cost is bounded by the
// caps [MaxBytes], [MaxDepth] and [MaxNodes]. The pane builds its page from the
// tree alone, so no HTML string reaches a browser.
//
// It refuses scripts, styles, frames, forms, attributes it does not know,
// addresses of other schemes, and images of hosts that the caller does not
// allow. An element it does not know gives way to the text inside it.
package markup

package main

// labels are the sentences of frontend/src/text/en.json by which the tour finds
// things, and the roles that WebKitGTK gives them. They are all here, so that a
// changed word is changed in one place.
var labels = struct {
	signIn, homeSection, thisRecord, otherRecords, otherChats string
	openRecord, filter, clearFilter, back                     string
	message, send, messages                                   string
	more, connect, disconnect                                 string
	goOffline, goOnline, pending                              string
}{
	signIn:       "Sign in",
	homeSection:  "Chats connected to records",
	thisRecord:   "Chats connected to this record",
	otherRecords: "Chats connected to other records",
	otherChats:   "Other chats",

	openRecord:  "Open a record",
	filter:      "Filter",
	clearFilter: "Clear",
	back:        "Back",

	message:  "Message",
	send:     "Send",
	messages: "Messages",

	more:       "More",
	connect:    "Connect to this Case",
	disconnect: "Disconnect from this Case",

	goOffline: "Go offline",
	goOnline:  "Go online",
	pending:   "Sending",
}

// What the pane's parts are for a screen reader. WebKitGTK tells aria-haspopup
// buttons as combo boxes and feeds as panels.
func button(name string) query {
	return a("push button", "toggle button", "combo box", "push button menu").named(name)
}
func entry(name string) query { return a("entry", "text").with(name) }
func section(name string) query {
	return a("landmark", "grouping", "section", "panel", "table", "list", "list box").named(name)
}
func rows() query               { return a("table row", "list item") }
func heading(name string) query { return a("heading").with(name) }
func menuItem(name string) query {
	return a("menu item").with(name)
}
func bubbles() query { return a("article") }

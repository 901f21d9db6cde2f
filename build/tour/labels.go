//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// labels are the words by which the tour finds things. They come from the
// pane's own catalogue, so that a changed sentence needs no change here; this
// table only says which key stands on what.
type labels struct {
	signIn                                                  string
	linked, thisRecord, otherRecords, others                string // heads of sections
	openRecord, filter, back                                string
	message, you                                            string
	more, connect, disconnect                               string
	newConnected, chosenPeople, chatName                    string // of the form of a new chat
	noteMeans, startChat                                    string
	search, searchMessages, closeSearch                     string
	join, joinOff, askMember                                string
	joinAll, joinResults, joinDone, noWrite, notOwner       string
	goOffline, goOnline, offline, sending, waiting, waitOff string
}

// caseWord is how the pane names the type of a case within a sentence.
const caseWord = "case"

// readLabels reads the catalogue at path.
func readLabels(path string) (labels, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return labels{}, fmt.Errorf("read the pane's words: %w", err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		return labels{}, fmt.Errorf("read the pane's words: %w", err)
	}
	var l labels
	for _, w := range []struct {
		key  string
		into *string
	}{
		{"signin.button", &l.signIn},
		{"chatlist.linked", &l.linked},
		{"chatlist.thisRecord", &l.thisRecord},
		{"chatlist.otherRecords", &l.otherRecords},
		{"chatlist.others", &l.others},
		{"record.open", &l.openRecord},
		{"chatlist.filter", &l.filter},
		{"timeline.back", &l.back},
		{"composer.label", &l.message},
		{"message.you", &l.you},
		{"chatlist.more", &l.more},
		{"chatlist.menu.connect", &l.connect},
		{"chatlist.menu.disconnect", &l.disconnect},
		{"search.title", &l.search},
		{"search.field", &l.searchMessages},
		{"search.back", &l.closeSearch},
		{"joining.joinChat", &l.join},
		{"join.joinOff", &l.joinOff},
		{"joining.ask", &l.askMember},
		{"joining.all", &l.joinAll},
		{"joining.results", &l.joinResults},
		{"joining.done", &l.joinDone},
		{"join.noWrite", &l.noWrite},
		{"unlink.notOwner", &l.notOwner},
		{"chatlist.newConnected", &l.newConnected},
		{"people.chosen", &l.chosenPeople},
		{"start.name", &l.chatName},
		{"start.noteMeans", &l.noteMeans},
		{"start.button", &l.startChat},
		{"shell.goOffline", &l.goOffline},
		{"shell.goOnline", &l.goOnline},
		{"shell.offlineMeans", &l.offline},
		{"message.sending", &l.sending},
		{"message.waiting", &l.waiting},
		{"message.waitingOffline", &l.waitOff},
	} {
		word, ok := words[w.key]
		if !ok {
			return labels{}, fmt.Errorf("%s has no %q any more; the tour's table of labels needs its new key", path, w.key)
		}
		word = strings.ReplaceAll(word, "{type}", caseWord)
		*w.into = strings.TrimSpace(strings.ReplaceAll(word, "{title}", ""))
	}
	return l, nil
}

// What the pane's parts are for a screen reader. WebKitGTK tells buttons that
// open a menu as combo boxes.

func button(name string) query {
	return a("push button", "toggle button", "combo box", "push button menu").named(name)
}

// menuButton is named for the chat it belongs to, so only a part is asked for.
func menuButton(name string) query {
	return a("push button", "toggle button", "combo box", "push button menu").with(name)
}

func entry(name string) query    { return a("entry", "text").titled(name) }
func section(name string) query  { return a("landmark", "grouping", "section").named(name) }
func rows() query                { return a("list item") }
func menuItem(name string) query { return a("menu item").titled(name) }
func bubbles() query             { return a("article") }

//go:build linux

package main

import "context"

// The name of the chat that the tour starts; no seeded chat is called so.
const startedChat = "Tour talk about a gasket"

// startChat starts a connected chat with a suggested person: the note is seen
// before, and is the first message after.
func startChat(ctx context.Context, t *tour) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	if err := t.pane.click(ctx, button(t.labels.newConnected)); err != nil {
		return err
	}
	if err := t.pane.click(ctx, a("check box")); err != nil { // the first suggested person
		return err
	}
	if _, err := t.pane.find(ctx, a("list item").in(a("list").named(t.labels.chosenPeople))); err != nil {
		return err
	}
	if err := t.pane.write(ctx, entry(t.labels.chatName), startedChat); err != nil {
		return err
	}
	for _, text := range []string{t.labels.noteMeans, t.demo.Cases[0].Number} {
		if err := t.pane.says(ctx, text); err != nil {
			return err
		}
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	if err := t.pane.click(ctx, button(t.labels.startChat)); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, bubbles().with(t.demo.Cases[0].Number)); err != nil {
		return err
	}
	if err := t.toList(ctx); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, rows().with(startedChat).in(section(t.labels.thisRecord)))
	return err
}

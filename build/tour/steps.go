//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"chatpane/build/tour/a11y"
)

// chosen is what earlier steps found, for those after them.
type chosen struct {
	agent   string // name
	token   string // of the agent, for the extra question to the sandbox
	chat    string // accessible name of the row that was opened
	other   string // of the row that is connected and disconnected
	offline string // the text that was sent offline
}

// The texts the tour writes. The clock makes them unlike what is seeded.
func greeting() string { return "Hello from the tour, has anybody seen this before?" }

// steps are the tour, in order; each stands on those before it.
var steps = []step{
	{name: "welcome", do: welcome},
	{name: "sign in", do: signIn},
	{name: "home", do: home},
	{name: "open case", do: openCase},
	{name: "three sections", do: threeSections, side: true},
	{name: "filter", do: filter, side: true},
	{name: "open chat", do: openChat},
	{name: "send message", do: sendMessage, side: true},
	{name: "colleague answers", do: colleagueAnswers, side: true},
	{name: "connect chat", do: connectChat, side: true},
	{name: "disconnect chat", do: disconnectChat, side: true},
	{name: "start a connected chat", do: startChat, side: true},
	{name: "search messages", do: searchMessages, side: true},
	{name: "open a result", do: openResult, side: true},
	{name: "go offline", do: goOffline, side: true},
	{name: "search offline", do: searchOffline, side: true},
	{name: "read offline", do: readOffline},
	{name: "send offline", do: sendOffline},
	{name: "kill the app", do: killApp},
	{name: "start it again", do: startAgain},
	{name: "still waiting", do: stillWaiting},
	{name: "go online", do: goOnline},
	{name: "delivered once", do: deliveredOnce},
	{name: "join locked chat", do: joinLocked, side: true},
	{name: "see why not", do: seeWhyNot, side: true},
	{name: "hand a case over", do: handOver},
	{name: "new owner joins all", do: newOwner},
	{name: "expert follows a link", do: expertJoins, side: true},
	{name: "reader sees why not", do: readerSeesWhyNot, side: true},
	{name: "disconnect by each right", do: disconnectByRight, side: true},
}

func welcome(ctx context.Context, t *tour) error {
	_, err := t.pane.find(ctx, button(t.labels.signIn))
	return err
}

// signIn goes through the browser as a user does: choose, be sent back.
func signIn(ctx context.Context, t *tour) error {
	for _, u := range t.demo.Users {
		if strings.EqualFold(u.Role, "agent") {
			t.chosen.agent, t.chosen.token = u.Name, u.Tokens.Graph
			break
		}
	}
	if t.chosen.agent == "" {
		return errors.New("the sandbox names no agent to sign in as")
	}
	return t.signInAs(ctx, t.chosen.agent)
}

func (t *tour) signInAs(ctx context.Context, name string) error {
	if err := t.pane.click(ctx, button(t.labels.signIn)); err != nil {
		return err
	}
	person := a("push button", "link").with(name)
	if _, err := t.web.find(ctx, person); err != nil {
		return err
	}
	if err := t.photograph(ctx, false); err != nil {
		return err
	}
	return t.web.click(ctx, person)
}

func home(ctx context.Context, t *tour) error {
	t.patience = 60 * time.Second // the first synchronisation
	defer t.resetPatience()
	if _, err := t.pane.find(ctx, rows().in(section(t.labels.linked))); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, section(t.labels.others)) // its rows are drawn when they are in view
	return err
}

func openCase(ctx context.Context, t *tour) error {
	if len(t.demo.Cases) == 0 {
		return errors.New("the sandbox names no case")
	}
	return t.openCase(ctx, t.demo.Cases[0])
}

// openCase opens a case by its address, copied from the browser.
func (t *tour) openCase(ctx context.Context, c demoCase) error {
	url, err := t.demo.caseURL(c.ID)
	if err != nil {
		return err
	}
	if err := t.copyFromBrowser(ctx, url); err != nil {
		return err
	}
	if err := t.pane.click(ctx, entry(t.labels.openRecord)); err != nil {
		return err
	}
	if err := t.keys(ctx, "ctrl+a", "ctrl+v", "Return"); err != nil {
		return err
	}
	return errors.Join(t.pane.says(ctx, c.Title), t.pane.says(ctx, c.Number))
}

func threeSections(ctx context.Context, t *tour) error {
	for _, name := range []string{t.labels.thisRecord, t.labels.otherRecords, t.labels.others} {
		if _, err := t.pane.find(ctx, section(name)); err != nil {
			return err
		}
	}
	_, err := t.pane.find(ctx, rows().in(section(t.labels.thisRecord)))
	return err
}

// filter types the name of one chat and sees the other rows go.
func filter(ctx context.Context, t *tour) error {
	_, text, err := t.pane.readOut(ctx, rows().in(section(t.labels.thisRecord)))
	if err != nil {
		return err
	}
	before, err := t.pane.count(ctx, rows())
	if err != nil {
		return err
	}
	word := t.title(text)
	if err := t.pane.write(ctx, entry(t.labels.filter), word); err != nil {
		return err
	}
	err = t.pane.until(ctx, "fewer rows, all with "+word, func(p snapshot) bool {
		all, fitting := rows().all(p), rows().with(word).all(p)
		return len(all) > 0 && len(all) < before && len(all) == len(fitting)
	})
	if err != nil {
		return err
	}
	// The picture shows the filter at work; the next step finds all rows again.
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	if err := t.keys(ctx, "ctrl+a", "BackSpace"); err != nil {
		return err
	}
	return t.pane.until(ctx, "all rows again", func(p snapshot) bool { return len(rows().all(p)) >= before })
}

func openChat(ctx context.Context, t *tour) error {
	_, text, err := t.pane.readOut(ctx, rows().in(section(t.labels.thisRecord)))
	if err != nil {
		return err
	}
	t.chosen.chat = t.title(text)
	if err := t.pane.click(ctx, t.chosenRow()); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, bubbles()); err != nil {
		return err
	}
	_, err = t.pane.find(ctx, entry(t.labels.message))
	return err
}

func sendMessage(ctx context.Context, t *tour) error {
	return t.send(ctx, greeting())
}

// send writes into the composer, sends, and sees the message as the last one.
func (t *tour) send(ctx context.Context, text string) error {
	if err := t.pane.write(ctx, entry(t.labels.message), text); err != nil {
		return err
	}
	if err := t.keys(ctx, "Return"); err != nil {
		return err
	}
	return t.pane.until(ctx, "the message as the newest, in view", func(p snapshot) bool {
		newest, ok := lowest(p, bubbles())
		return ok && strings.Contains(p.text(newest), text) && p[newest].State.Has(a11y.Showing)
	})
}

// lowest returns what stands lowest on the screen of what q means. A list that
// draws only what is in view does not keep the order in its tree.
func lowest(p snapshot, q query) (at int, ok bool) {
	for _, i := range q.all(p) {
		if !ok || p[i].Box.Y > p[at].Box.Y {
			at, ok = i, true
		}
	}
	return at, ok
}

// colleagueAnswers waits for a message below ours that is not ours.
func colleagueAnswers(ctx context.Context, t *tour) error {
	t.patience = 60 * time.Second // an own send is followed by a read each 15 s
	defer t.resetPatience()
	return t.pane.until(ctx, "an answer below the message", func(p snapshot) bool {
		ours, asked := lowest(p, bubbles().with(greeting()))
		newest, _ := lowest(p, bubbles())
		return asked && p[newest].Box.Y > p[ours].Box.Y && !strings.HasPrefix(p[newest].Name, t.labels.you+":")
	})
}

// connectChat connects a chat that belongs to no record to the case.
func connectChat(ctx context.Context, t *tour) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	topic, err := t.looseChat(ctx)
	if err != nil {
		return err
	}
	// A long list draws what is in view; the filter brings the row there.
	if err := t.pane.write(ctx, entry(t.labels.filter), topic); err != nil {
		return err
	}
	t.chosen.other = topic
	return t.moveRow(ctx, t.labels.others, t.labels.connect, t.labels.thisRecord)
}

func disconnectChat(ctx context.Context, t *tour) error {
	if t.chosen.other == "" {
		return errors.New("no chat was connected before")
	}
	if err := t.moveRow(ctx, t.labels.thisRecord, t.labels.disconnect, t.labels.others); err != nil {
		return err
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	if err := t.pane.click(ctx, entry(t.labels.filter)); err != nil {
		return err
	}
	return t.keys(ctx, "Escape") // the next steps find the whole list again
}

// moveRow opens the chosen row's menu in one section, takes a command, and sees
// the row in the other section and no longer in the first.
func (t *tour) moveRow(ctx context.Context, from, command, to string) error {
	row := rows().with(t.chosen.other)
	here := row.in(section(from))
	if err := t.pane.click(ctx, menuButton(t.labels.more).in(here)); err != nil {
		return err
	}
	if err := t.pane.click(ctx, menuItem(command)); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, row.in(section(to))); err != nil {
		return err
	}
	return t.pane.gone(ctx, here)
}

// toList goes back from a chat to the list; where both stand side by side
// there is nothing to do.
func (t *tour) toList(ctx context.Context) error {
	n, err := t.pane.count(ctx, button(t.labels.back))
	if err != nil || n == 0 {
		return err
	}
	return t.pane.click(ctx, button(t.labels.back))
}

func goOffline(ctx context.Context, t *tour) error {
	t.patience = 75 * time.Second // it is noticed at the next request, one a minute
	defer t.resetPatience()
	if err := t.pane.click(ctx, button(t.labels.goOffline)); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, button(t.labels.goOnline)); err != nil {
		return err
	}
	return t.pane.says(ctx, t.labels.offline)
}

// readOffline opens the chat again and reads what was said, from the cache.
func readOffline(ctx context.Context, t *tour) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	// The list was scrolled by the steps before; the filter brings the row up.
	if err := t.pane.write(ctx, entry(t.labels.filter), t.chosen.chat); err != nil {
		return err
	}
	if err := t.pane.click(ctx, t.chosenRow()); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, bubbles().with(greeting()))
	return err
}

func sendOffline(ctx context.Context, t *tour) error {
	t.chosen.offline = "Written without a network at " + time.Now().UTC().Format("15:04:05.000")
	if err := t.send(ctx, t.chosen.offline); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, bubbles().with(t.chosen.offline).with(t.labels.waitOff))
	return err
}

func goOnline(ctx context.Context, t *tour) error {
	if err := t.pane.click(ctx, button(t.labels.goOnline)); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, button(t.labels.goOffline))
	return err
}

// deliveredOnce sees the message no longer pending and there once, and asks the
// sandbox whether it got it once.
func deliveredOnce(ctx context.Context, t *tour) error {
	t.patience = 60 * time.Second
	defer t.resetPatience()
	mine := bubbles().with(t.chosen.offline)
	err := t.pane.until(ctx, "the message delivered, once", func(p snapshot) bool {
		for _, state := range []string{t.labels.sending, t.labels.waiting, t.labels.waitOff} {
			if len(mine.with(state).all(p)) > 0 {
				return false
			}
		}
		return len(mine.all(p)) == 1
	})
	if err != nil || t.chosen.token == "" {
		return err
	}
	n, err := t.demo.messagesWith(ctx, t.chosen.token, t.chosen.offline)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("the sandbox has the message %d times, want once", n)
	}
	return nil
}

func (t *tour) chosenRow() query {
	return rows().with(t.chosen.chat).in(section(t.labels.thisRecord))
}

// title tells which chat a row stands for: its topic, or for a chat that nobody
// named the longest word of the row, which is part of somebody's name.
func (t *tour) title(row string) string {
	if topic, ok := t.topic(row); ok {
		return topic
	}
	best := ""
	for _, word := range strings.FieldsFunc(row, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(word) > len(best) {
			best = word
		}
	}
	return best
}

// topic finds the topic of a group chat of the sandbox in a row's text.
func (t *tour) topic(row string) (string, bool) {
	best := ""
	for _, c := range t.demo.Chats {
		meeting := strings.HasPrefix(c.ID, "19:meeting_")
		if !meeting && len(c.Topic) > len(best) && strings.Contains(row, c.Topic) {
			best = c.Topic
		}
	}
	return best, best != ""
}

// unique reports whether only one chat of the sandbox has this topic.
func (t *tour) unique(topic string) bool {
	n := 0
	for _, c := range t.demo.Chats {
		if strings.Contains(c.Topic, topic) {
			n++
		}
	}
	return n == 1
}

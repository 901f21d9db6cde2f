//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The steps of several people: each sits at a desktop of their own, with a
// window of the app on it, in the same company.

// partners are who and what those steps are about: a case the agent may give away, two
// group chats of hers that belong to nothing, and three people in neither.
type partners struct {
	of                    demoCase
	chats                 []demoChat
	owner, expert, reader demoUser
	window, helper        *tour // the new owner's, and the expert's
}

// aMinute is how long a window may take to hear of what another one did: its
// list is read once a minute.
const aMinute = 90 * time.Second

// What the people write to each other.
const (
	handsOver = "Tour: it is your case now"
	takesOver = "Tour: I take this over"
	asksFor   = "Tour: could an expert look at this?"
	helps     = "Tour: it is the gasket"
)

// added is what a chat says of somebody who joined it.
func added(u demoUser) string { return "added " + u.Name + " to the chat and shared all chat history" }

// handOver connects two chats to a case in the agent's window, and gives the
// case to a new owner, as the agent does in the web page of Dynamics.
func handOver(ctx context.Context, t *tour) (err error) {
	if t.cast, err = t.partners(ctx); err != nil {
		return err
	}
	if err := t.toList(ctx); err != nil {
		return err
	}
	if err := t.openCase(ctx, t.cast.of); err != nil {
		return err
	}
	for _, c := range t.cast.chats {
		if err := t.pane.write(ctx, entry(t.labels.filter), c.Topic); err != nil {
			return err
		}
		t.chosen.other = c.Topic
		if err := t.moveRow(ctx, t.labels.others, t.labels.connect, t.labels.thisRecord); err != nil {
			return err
		}
	}
	return t.demo.dataverse(ctx, http.MethodPatch, t.me().Tokens.Dataverse, "/incidents("+t.cast.of.ID+")",
		map[string]any{"ownerid@odata.bind": "/systemusers(" + t.cast.owner.System + ")"}, nil)
}

// newOwner lets the new owner join all chats of the case in his window, and
// write in one; the old owner's window shows who came and what he wrote.
func newOwner(ctx context.Context, t *tour) error {
	him, err := t.window(ctx, t.cast.owner)
	if err != nil {
		return err
	}
	t.cast.window = him
	if err := him.openCase(ctx, t.cast.of); err != nil {
		return err
	}
	if err := him.pane.click(ctx, button(t.labels.joinAll)); err != nil {
		return err
	}
	if err := him.pane.says(ctx, strings.NewReplacer("{joined}", "2", "{count}", "2").Replace(t.labels.joinResults)); err != nil {
		return err
	}
	if err := him.photograph(ctx, true); err != nil {
		return err
	}
	if err := him.pane.click(ctx, button(t.labels.joinDone)); err != nil {
		return err
	}
	topic := t.cast.chats[0].Topic
	if err := him.open(ctx, topic); err != nil {
		return err
	}
	if err := him.pane.says(ctx, added(t.cast.owner)); err != nil {
		return err
	}
	t.patience, him.patience = aMinute, aMinute
	defer t.resetPatience()
	defer him.resetPatience()
	if err := t.pane.write(ctx, entry(t.labels.filter), topic); err != nil {
		return err
	}
	if err := t.open(ctx, topic); err != nil {
		return err
	}
	if err := t.pane.says(ctx, added(t.cast.owner)); err != nil {
		return err
	}
	if err := t.send(ctx, handsOver); err != nil {
		return err
	}
	if err := him.send(ctx, takesOver); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, bubbles().with(takesOver)); err != nil {
		return err
	}
	_, err = him.pane.find(ctx, bubbles().with(handsOver))
	return err
}

// expertJoins starts the app a second time with a deep link, as the system does
// when somebody follows one: the expert's running window opens the case, and
// the expert joins one of its chats, which the new owner's window shows.
func expertJoins(ctx context.Context, t *tour) error {
	her, err := t.window(ctx, t.cast.expert)
	if err != nil {
		return err
	}
	topic := t.cast.chats[1].Topic
	him := t.cast.window
	t.cast.helper = her
	him.patience = aMinute
	defer him.resetPatience()
	if err := him.toList(ctx); err != nil {
		return err
	}
	if err := him.open(ctx, topic); err != nil {
		return err
	}
	// For a minute after a message of one's own the chat is read more often.
	if err := him.send(ctx, asksFor); err != nil {
		return err
	}
	if err := her.follow(ctx, t.cast.of); err != nil {
		return err
	}
	if err := her.pane.click(ctx, button(strings.ReplaceAll(t.labels.join, "{chat}", topic))); err != nil {
		return err
	}
	if err := her.pane.says(ctx, added(t.cast.expert)); err != nil {
		return err
	}
	if err := her.send(ctx, helps); err != nil {
		return err
	}
	if err := her.photograph(ctx, true); err != nil {
		return err
	}
	if err := him.pane.says(ctx, added(t.cast.expert)); err != nil {
		return err
	}
	_, err = him.pane.find(ctx, bubbles().with(helps))
	return err
}

// readerSeesWhyNot opens the case in the window of somebody who may read it and
// not write it: each of its chats says exactly that, and whom to ask.
func readerSeesWhyNot(ctx context.Context, t *tour) error {
	reader, err := t.window(ctx, t.cast.reader)
	if err != nil {
		return err
	}
	if err := reader.openCase(ctx, t.cast.of); err != nil {
		return err
	}
	for _, c := range t.cast.chats {
		if err := reader.pane.click(ctx, button(c.Topic)); err != nil {
			return err
		}
		row := rows().with(c.Topic).with(t.labels.noWrite)
		if _, err := reader.pane.find(ctx, button(t.labels.askMember).in(row)); err != nil {
			return err
		}
	}
	for _, not := range []query{menuButton(strings.ReplaceAll(t.labels.join, "{chat}", "")), button(t.labels.joinAll)} {
		if n, err := reader.pane.count(ctx, not); err != nil || n != 0 {
			return errors.Join(fmt.Errorf("there is %d times %s", n, not), err)
		}
	}
	return reader.photograph(ctx, true)
}

// window starts the desktop of somebody and signs them in there.
func (t *tour) window(ctx context.Context, u demoUser) (*tour, error) {
	first, _, _ := strings.Cut(strings.ToLower(u.Name), " ")
	other, err := t.beside(ctx, first)
	if err != nil {
		return nil, fmt.Errorf("start the desktop of %s: %w", first, err)
	}
	picture := other.picture
	other.picture = strings.TrimSuffix(picture, ".png") + "-sign-in.png"
	if err := other.signInAs(ctx, u.Name); err != nil {
		return nil, err
	}
	other.picture = picture
	other.patience = time.Minute // the first synchronisation
	defer other.resetPatience()
	_, err = other.pane.find(ctx, section(t.labels.others))
	return other, err
}

// open opens a chat that is connected to the open case.
func (t *tour) open(ctx context.Context, topic string) error {
	if err := t.pane.click(ctx, rows().with(topic).in(section(t.labels.thisRecord))); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, entry(t.labels.message))
	return err
}

// follow starts the app once more with a deep link to a case.
func (t *tour) follow(ctx context.Context, c demoCase) error {
	u, err := t.demo.caseURL(c.ID)
	if err != nil {
		return err
	}
	again := t.stage.Command(context.WithoutCancel(ctx), t.app, "chatpane://record?url="+url.QueryEscape(u))
	again.Dir = t.stage.Dir()
	if err := t.stage.Launch(again); err != nil {
		return fmt.Errorf("follow a link: %w", err)
	}
	return t.pane.says(ctx, c.Number)
}

func (t *tour) me() demoUser { return t.demo.Users[t.person(t.chosen.agent)] }

// partners chooses who and what the steps of several people are about.
func (t *tour) partners(ctx context.Context) (*partners, error) {
	used, err := t.linkedTo(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range t.demo.Cases {
		if used[c.ID] || !t.writes(ctx, t.me(), c) {
			continue
		}
		var owners, experts, readers []demoUser
		for _, u := range t.demo.Users {
			switch {
			case u.Role == "agent" && u.ID != t.me().ID && t.writes(ctx, u, c):
				owners = append(owners, u)
			case u.Role == "expert" && t.writes(ctx, u, c):
				experts = append(experts, u)
			case u.Role == "readonly" && slices.Equal(t.rights(ctx, u, c), []string{"ReadAccess"}):
				readers = append(readers, u)
			}
		}
		for _, o := range owners {
			for _, e := range experts {
				for _, r := range readers {
					if chats := t.looseWithout(used, o.ID, e.ID, r.ID); len(chats) >= 2 {
						return &partners{of: c, chats: chats[:2], owner: o, expert: e, reader: r}, nil
					}
				}
			}
		}
	}
	return nil, errors.New("no case of the agent's has such people and chats")
}

// looseWithout are the agent's group chats that belong to no record and that
// none of the people is in.
func (t *tour) looseWithout(used map[string]bool, people ...string) (out []demoChat) {
	for _, c := range t.demo.Chats {
		strange := !slices.ContainsFunc(people, func(id string) bool { return slices.Contains(c.Members, id) })
		group := strings.HasSuffix(c.ID, "@thread.v2") && !strings.Contains(c.ID, "meeting")
		if c.Topic != "" && group && strange && !used[c.ID] && t.unique(c.Topic) && slices.Contains(c.Members, t.me().ID) {
			out = append(out, c)
		}
	}
	return out
}

// linkedTo are the ids of all chats and records that have a link row.
func (t *tour) linkedTo(ctx context.Context) (map[string]bool, error) {
	var links struct {
		Value []struct {
			Chat   string `json:"msdyn_teamschatid"`
			Record string `json:"msdyn_regardingobjectid"`
		} `json:"value"`
	}
	if err := t.demo.dataverse(ctx, http.MethodGet, t.me().Tokens.Dataverse, linkSet, nil, &links); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, l := range links.Value {
		used[l.Chat], used[strings.ToLower(strings.Trim(l.Record, "{}"))] = true, true
	}
	return used, nil
}

func (t *tour) writes(ctx context.Context, u demoUser, c demoCase) bool {
	rights := t.rights(ctx, u, c)
	return slices.Contains(rights, "WriteAccess") && slices.Contains(rights, "AssignAccess")
}

// rights are what somebody may do with a case; none where the sandbox does not say.
func (t *tour) rights(ctx context.Context, u demoUser, c demoCase) []string {
	var got struct{ AccessRights string }
	target := url.QueryEscape("{'@odata.id':'incidents(" + c.ID + ")'}")
	path := "/systemusers(" + u.System + ")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@tid)?@tid=" + target
	if t.demo.dataverse(ctx, http.MethodGet, u.Tokens.Dataverse, path, nil, &got) != nil {
		return nil // it may not be seen
	}
	out := strings.Split(got.AccessRights, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

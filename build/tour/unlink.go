//go:build linux

package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"chatpane/build/tour/a11y"
)

// disconnectByRight shows who may disconnect a chat of the case that changed
// hands, each in their own window: not the expert, who has no right and reads
// so; its owner; who connected it; and a supervisor, by role.
func disconnectByRight(ctx context.Context, t *tour) error {
	first, second := t.cast.chats[0].Topic, t.cast.chats[1].Topic
	her, him := t.cast.helper, t.cast.window
	if her == nil || him == nil {
		return errors.New("the windows of the steps before are not there")
	}
	her.picture = strings.TrimSuffix(t.picture, ".png") + "-refused.png"
	if err := her.refusesToDisconnect(ctx, second); err != nil {
		return err
	}
	if err := him.disconnects(ctx, first); err != nil {
		return err
	}
	if err := t.toList(ctx); err != nil {
		return err
	}
	if err := t.pane.write(ctx, entry(t.labels.filter), second); err != nil {
		return err
	}
	t.chosen.other = second
	if err := t.moveRow(ctx, t.labels.thisRecord, t.labels.disconnect, t.labels.others); err != nil {
		return err
	}
	if err := t.moveRow(ctx, t.labels.others, t.labels.connect, t.labels.thisRecord); err != nil {
		return err
	}
	who, err := t.supervisor()
	if err != nil {
		return err
	}
	boss, err := t.window(ctx, who)
	if err != nil {
		return err
	}
	if err := boss.openCase(ctx, t.cast.of); err != nil {
		return err
	}
	if locked := button(strings.ReplaceAll(t.labels.join, "{chat}", second)); !slices.Contains(t.cast.chats[1].Members, who.ID) {
		if err := boss.pane.click(ctx, locked); err != nil {
			return err
		}
		if _, err := boss.pane.find(ctx, entry(t.labels.message)); err != nil {
			return err
		}
	}
	if err := boss.disconnects(ctx, second); err != nil {
		return err
	}
	return boss.photograph(ctx, true)
}

// supervisor is somebody whose role allows disconnecting.
func (t *tour) supervisor() (demoUser, error) {
	i := slices.IndexFunc(t.demo.Users, func(u demoUser) bool { return u.Role == "supervisor" })
	if i < 0 {
		return demoUser{}, errors.New("the sandbox has no supervisor")
	}
	return t.demo.Users[i], nil
}

// refusesToDisconnect opens the menu of a chat and finds Disconnect greyed out
// there, with the reason.
func (t *tour) refusesToDisconnect(ctx context.Context, topic string) error {
	if err := t.openMenu(ctx, topic); err != nil {
		return err
	}
	err := t.pane.until(ctx, "Disconnect greyed out, with the reason", func(p snapshot) bool {
		for _, i := range menuItem(t.labels.disconnect).all(p) {
			// The reason describes the item; the menu around it tells it as its text.
			return !p[i].State.Has(a11y.Enabled) && strings.Contains(p.text(0), t.labels.notOwner)
		}
		return false
	})
	if err != nil {
		return err
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	return t.keys(ctx, "Escape")
}

// disconnects takes a chat from the open case.
func (t *tour) disconnects(ctx context.Context, topic string) error {
	if err := t.openMenu(ctx, topic); err != nil {
		return err
	}
	if err := t.pane.click(ctx, menuItem(t.labels.disconnect)); err != nil {
		return err
	}
	return t.pane.gone(ctx, rows().with(topic).in(section(t.labels.thisRecord)))
}

// openMenu opens the menu of a chat that is connected to the open case.
func (t *tour) openMenu(ctx context.Context, topic string) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	return t.pane.click(ctx, menuButton(t.labels.more).in(rows().with(topic).in(section(t.labels.thisRecord))))
}

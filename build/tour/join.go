//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const linkSet = "/msdyn_teamschatassociations"

// joinLocked lets a colleague connect a chat that the agent is not in to the
// open case, joins it, and reads in it who was added by what.
func joinLocked(ctx context.Context, t *tour) error {
	topic, err := t.lockedChat(ctx)
	if err != nil {
		return err
	}
	if err := t.toList(ctx); err != nil {
		return err
	}
	if err := openCase(ctx, t); err != nil { // reads its links again
		return err
	}
	if err := t.pane.write(ctx, entry(t.labels.filter), topic); err != nil {
		return err
	}
	join := button(strings.ReplaceAll(t.labels.join, "{chat}", topic))
	if _, err := t.pane.find(ctx, join); err != nil {
		return err
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	if err := t.pane.click(ctx, join); err != nil {
		return err
	}
	return t.pane.says(ctx, "added "+t.chosen.agent+" to the chat and shared all chat history")
}

// seeWhyNot opens an account, for which Join is off, and reads why its locked
// chat cannot be joined and that a member can be asked.
func seeWhyNot(ctx context.Context, t *tour) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	account, name, err := t.lockedAccount(ctx)
	if err != nil {
		return err
	}
	u, err := t.demo.caseURL(account)
	if err != nil {
		return err
	}
	if err := t.copyFromBrowser(ctx, strings.Replace(u, "etn=incident", "etn=account", 1)); err != nil {
		return err
	}
	if err := t.pane.click(ctx, entry(t.labels.openRecord)); err != nil {
		return err
	}
	if err := t.keys(ctx, "ctrl+a", "ctrl+v", "Return"); err != nil {
		return err
	}
	if err := t.pane.click(ctx, button(name)); err != nil {
		return err
	}
	if err := t.pane.says(ctx, t.labels.joinOff); err != nil {
		return err
	}
	_, err = t.pane.find(ctx, button(t.labels.askMember))
	return err
}

// lockedChat connects a group chat that the agent is not in to the first case,
// in the name of one of its members, and returns its topic.
func (t *tour) lockedChat(ctx context.Context) (string, error) {
	me := t.person(t.chosen.agent)
	for _, c := range t.demo.Chats {
		if c.Topic == "" || !t.unique(c.Topic) || slices.Contains(c.Members, t.demo.Users[me].ID) || !strings.HasSuffix(c.ID, "@thread.v2") || strings.Contains(c.ID, "meeting") {
			continue
		}
		for _, u := range t.demo.Users {
			if u.Role != "agent" || !slices.Contains(c.Members, u.ID) {
				continue
			}
			return c.Topic, t.demo.dataverse(ctx, http.MethodPost, u.Tokens.Dataverse, linkSet, map[string]any{
				"msdyn_teamschatid": c.ID, "msdyn_regardingobjectid": t.demo.Cases[0].ID, "msdyn_regardingobjectname": "incident",
				"msdyn_teamschatassociationname": c.Topic, "msdyn_entityrecordstate": 0,
			}, nil)
		}
	}
	return "", errors.New("the agent is in every group chat")
}

// looseChat finds a group chat of the agent's that belongs to no record.
func (t *tour) looseChat(ctx context.Context) (string, error) {
	me := t.demo.Users[t.person(t.chosen.agent)]
	var links struct {
		Value []struct {
			Chat string `json:"msdyn_teamschatid"`
		} `json:"value"`
	}
	if err := t.demo.dataverse(ctx, http.MethodGet, me.Tokens.Dataverse, linkSet+"?$select=msdyn_teamschatid", nil, &links); err != nil {
		return "", err
	}
	linked := map[string]bool{}
	for _, l := range links.Value {
		linked[l.Chat] = true
	}
	for _, c := range t.demo.Chats {
		if c.Topic != "" && t.unique(c.Topic) && len(c.Members) > 2 && slices.Contains(c.Members, me.ID) && !linked[c.ID] && !strings.Contains(c.ID, "meeting") {
			return c.Topic, nil
		}
	}
	return "", errors.New("every group chat of the agent's belongs to a record")
}

// lockedAccount finds an account with a chat that the agent is not in.
func (t *tour) lockedAccount(ctx context.Context) (account, name string, err error) {
	me := t.demo.Users[t.person(t.chosen.agent)]
	var links struct {
		Value []struct {
			Chat   string `json:"msdyn_teamschatid"`
			Record string `json:"msdyn_regardingobjectid"`
			Name   string `json:"msdyn_teamschatassociationname"`
		} `json:"value"`
	}
	filter := url.QueryEscape("msdyn_regardingobjectname eq 'account' and msdyn_entityrecordstate eq 0")
	if err := t.demo.dataverse(ctx, http.MethodGet, me.Tokens.Dataverse, linkSet+"?$filter="+filter, nil, &links); err != nil {
		return "", "", err
	}
	for _, l := range links.Value {
		for _, c := range t.demo.Chats {
			if c.ID == l.Chat && !slices.Contains(c.Members, me.ID) {
				return l.Record, l.Name, nil
			}
		}
	}
	return "", "", errors.New("no account has a locked chat")
}

// person is the place of somebody among the sandbox's users.
func (t *tour) person(name string) int {
	for i, u := range t.demo.Users {
		if u.Name == name {
			return i
		}
	}
	return 0
}

// dataverse calls the sandbox's Web API in somebody's name.
func (d demo) dataverse(ctx context.Context, method, token, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.Dataverse+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the sandbox: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return errors.New("the sandbox answered " + res.Status + " to " + method + " " + path)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}

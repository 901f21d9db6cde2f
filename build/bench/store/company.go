package main

import (
	"context"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// company reads every chat and message of the sandbox through the real client.
func company(ctx context.Context) ([]chat.Chat, []chat.Message, error) {
	box := sandbox.New(sandbox.Options{Seed: 1})
	origins := box.Origins()
	var chats []chat.Chat
	var messages []chat.Message
	seen := map[string]bool{}
	for _, p := range box.People {
		token := box.Token(p.OID, "graph")
		h, err := wire.NewClient(origins["graph"], wire.Options{Transport: box.Transport(),
			Token: func(context.Context, string) (string, error) { return token, nil }})
		if err != nil {
			return nil, nil, err
		}
		g := graph.New(&odata.Client{Base: origins["graph"] + "/v1.0", HTTP: h})
		for next, first := "", true; first || next != ""; first = false {
			page, err := g.ListChats(ctx, next)
			if err != nil {
				return nil, nil, err
			}
			next = page.Next
			for _, c := range page.Chats {
				if seen[c.ID] {
					continue
				}
				seen[c.ID] = true
				chats = append(chats, chat.Chat{ID: chat.ID(c.ID), Kind: chat.Kind(c.ChatType), Topic: c.Topic, Created: c.CreatedDateTime.UTC()})
				for list, err := range g.MessagesSince(ctx, c.ID, time.Time{}) {
					if err != nil {
						return nil, nil, err
					}
					for _, m := range list {
						messages = append(messages, convert(c.ID, m))
					}
				}
			}
		}
	}
	return chats, messages, nil
}

func convert(id string, m graph.Message) chat.Message {
	out := chat.Message{Chat: chat.ID(id), ID: m.ID, ETag: m.ETag, Created: m.CreatedDateTime.UTC(), Modified: m.LastModifiedDateTime.UTC(), Body: m.Body.Content}
	if m.From != nil && m.From.User != nil {
		out.From = chat.Sender{UserID: m.From.User.ID, Name: m.From.User.DisplayName}
	}
	return out
}

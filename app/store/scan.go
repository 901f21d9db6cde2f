package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/search"
	"github.com/dgraph-io/badger/v4"
)

// Search finds messages. The error is [ErrClosed], [ErrDamaged] or that of ctx.
func (s *Store) Search(ctx context.Context, q Search) (Found, error) {
	var all []Hit
	err := s.view(func(txn *badger.Txn) error {
		for id, e := range s.mem.chats {
			if q.Chats != nil && !slices.Contains(q.Chats, id) {
				continue
			}
			list, err := s.page(txn, id, e.no, messageKey(e.no, ^uint64(0)), e.messages+1)
			if err != nil {
				return err
			}
			for _, m := range list {
				if err := ctx.Err(); err != nil {
					return err
				}
				if x, ok := s.fits(m, q); ok {
					all = append(all, Hit{Message: m, Text: x})
				}
			}
		}
		return nil
	})
	if err != nil {
		return Found{}, fmt.Errorf("search: %w", err)
	}
	slices.SortFunc(all, func(a, b Hit) int {
		return cmp.Or(b.Message.Created.Compare(a.Message.Created), cmp.Compare(a.Message.Chat, b.Message.Chat), cmp.Compare(a.Message.ID, b.Message.ID))
	})
	skip, _ := strconv.Atoi(q.Cursor)
	f := Found{Total: len(all), Exact: true}
	f.Hits = all[min(max(skip, 0), len(all)):]
	if len(f.Hits) > q.Limit {
		f.Hits = f.Hits[:q.Limit]
		f.Cursor = strconv.Itoa(skip + q.Limit)
	}
	return f, nil
}

func (s *Store) fits(m chat.Message, q Search) (search.Text, bool) {
	switch {
	case !m.Deleted.IsZero() || m.System() || m.Blocked,
		q.From != nil && !slices.Contains(q.From, m.From.UserID),
		q.NotFrom != "" && q.NotFrom == m.From.UserID,
		!q.After.IsZero() && m.Created.Before(q.After),
		!q.Before.IsZero() && !m.Created.Before(q.Before),
		q.HasFile && !hasFile(m):
		return search.Text{}, false
	}
	if since, ok := q.Since[m.Chat]; q.Since != nil && (!ok || !m.Created.After(since)) {
		return search.Text{}, false
	}
	x := search.NewText(s.text(m))
	return x, x.HasAll(q.Terms)
}

// hasFile reports whether a file hangs on a message.
func hasFile(m chat.Message) bool {
	return slices.ContainsFunc(m.Attachments, func(a chat.Attachment) bool { return a.ContentType == "reference" })
}

// text is what is searched of a message.
func (s *Store) text(m chat.Message) string {
	if !m.Deleted.IsZero() || m.System() || m.Blocked {
		return ""
	}
	if s.o.Text != nil {
		return s.o.Text(m)
	}
	return search.Strip(m.Body)
}

// FileText joins the names of a message's files, for what is searched of it.
func FileText(m chat.Message) string {
	var names []string
	for _, a := range m.Attachments {
		if a.ContentType == "reference" && a.Name != "" {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, "\n")
}

package syncer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// The audit finds once per account and day of use what the clock cannot: that
// the user was removed from a quiet chat, and edits and deletes in chats whose
// preview did not move. It reads the chat list to its end, then the changes of
// every chat that was read before, ten in a $batch, spread under the budget.
const (
	markAuditList  = "audit:list"  // the day on which the whole list was read last
	markAuditChats = "audit:chats" // that day and the id of the last chat that was audited
	// auditLap is how far before a chat's watermark the audit looks: a change
	// may become visible long after its time.
	auditLap = 24 * time.Hour
)

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// auditList reports whether the list is to be read to its end today.
func (s *Syncer) auditList() bool {
	return s.o.Store.Mark(markAuditList) != today() && s.Spare()
}

// auditNext returns the next part of the day's audit, nil when it is complete
// or the list was not read to its end yet.
func (s *Syncer) auditNext() func(context.Context) error {
	day := s.o.Store.Mark(markAuditList)
	done, last, _ := strings.Cut(s.o.Store.Mark(markAuditChats), "|")
	if day != today() || done == day && last == backDone {
		return nil
	}
	if done != day {
		last = ""
	}
	return func(ctx context.Context) error { return s.auditChats(ctx, day, last) }
}

// auditChats reads the changes of the chats after one, by id. A chat that fails
// is left to its next change: its watermark did not move.
func (s *Syncer) auditChats(ctx context.Context, day, last string) error {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return err
	}
	var part []chat.ID
	for _, c := range stored {
		if string(c.ID) > last && s.o.Store.Mark(markBack(c.ID)) != "" {
			part = append(part, c.ID)
		}
	}
	slices.Sort(part)
	reached := backDone
	if len(part) > batchSize {
		part = part[:batchSize]
		reached = string(part[batchSize-1])
	}
	var failed map[chat.ID]error
	if len(part) > 0 {
		if failed, err = s.readMessages(ctx, part, auditLap); err != nil {
			return err
		}
	}
	for _, why := range failed {
		err = errors.Join(err, why)
	}
	if err != nil && len(failed) == len(part) {
		return err // nothing worked: try the same part again
	}
	return s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: markAuditChats, Value: day + "|" + reached}}})
}

// markAuditRecords is the day on which all cached records were read last.
const markAuditRecords = "audit:records"

// auditRecords reads all cached records once a day: one that the user may no
// longer read loses its cached columns (product.md 11.5).
func (s *Syncer) auditRecords(ctx context.Context) error {
	feed := markAuditRecords + ":" + s.o.Env
	if s.o.Store.Mark(feed) == today() {
		return nil
	}
	records, err := s.o.Store.Records()
	if err != nil {
		return err
	}
	tables := map[string][]string{}
	for _, r := range records {
		if r.Ref.Env == s.o.Env {
			tables[r.Ref.Table] = append(tables[r.Ref.Table], r.Ref.ID)
		}
	}
	for table, list := range tables {
		if err := s.readNamesOf(ctx, table, list); err != nil {
			return err
		}
	}
	return s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: feed, Value: today()}}})
}

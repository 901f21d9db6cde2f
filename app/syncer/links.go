package syncer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/store"
)

// linkLoop reads the links of my chats once, then what changed since.
func (s *Syncer) linkLoop(ctx context.Context) {
	var retry backoff
	for due := (time.Time{}); wait(ctx, s.links, due); {
		done := s.working(feedLinks)
		err := s.readLinks(ctx)
		done(err)
		if due = (time.Time{}); err == nil {
			retry.reset()
			continue
		}
		if !wait(ctx, nil, time.Now().Add(retryAfter(err))) {
			return
		}
		due = time.Now().Add(s.pause(&retry))
	}
}

// firstLinks is how far back the first read of changed links goes. It bridges
// the time between that read and the one of all links of my chats, and a clock
// that is wrong by hours.
const firstLinks = 24 * time.Hour

// markLinks is the watermark of changed links, markLinksOf tells that a chat's
// links were read once.
func (s *Syncer) markLinks() string { return "links:" + s.o.Env }

func (s *Syncer) markLinksOf(id chat.ID) string { return "linksof:" + s.o.Env + ":" + string(id) }

// readLinks reads the links of chats that are new here, then all links
// modified since the watermark, and the names of records that they bring.
func (s *Syncer) readLinks(ctx context.Context) error {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return fmt.Errorf("read chats: %w", err)
	}
	mine := map[chat.ID]bool{}
	var fresh []visit
	for _, c := range stored {
		mine[c.ID] = true
		if c.Kind == chat.Group && s.o.Store.Mark(s.markLinksOf(c.ID)) == "" {
			fresh = append(fresh, s.visit(c.ID))
		}
	}
	if err := s.readLinksOf(ctx, fresh); err != nil {
		return err
	}
	if err := s.readChangedLinks(ctx, mine); err != nil {
		return err
	}
	if err := s.readNames(ctx); err != nil {
		return err
	}
	return s.auditRecords(ctx)
}

// readLinksOf reads all links of chats that were never asked about.
func (s *Syncer) readLinksOf(ctx context.Context, fresh []visit) error {
	if len(fresh) == 0 {
		return nil
	}
	chats := make([]string, len(fresh))
	for i, v := range fresh {
		chats[i] = string(v.id)
	}
	rows, err := s.o.Dataverse.LinksOfChats(ctx, chats)
	if err != nil {
		return fmt.Errorf("read links of %d chats: %w", len(fresh), err)
	}
	if err := s.apply(ctx, store.Batch{Links: s.convertLinks(rows)}); err != nil {
		return fmt.Errorf("store links: %w", err)
	}
	var b store.Batch
	s.writes.Lock()
	for _, v := range fresh {
		if s.left[v.id] == v.left { // else it must be asked about again
			b.Marks = append(b.Marks, store.Mark{Feed: s.markLinksOf(v.id), Value: "1"})
		}
	}
	_, err = s.o.Store.Apply(ctx, b)
	s.writes.Unlock()
	if err != nil {
		return fmt.Errorf("store what links were read: %w", err)
	}
	return nil
}

// readChangedLinks reads what changed since the watermark and keeps the links
// of my chats, of known records, and rows that were one of these before.
func (s *Syncer) readChangedLinks(ctx context.Context, mine map[chat.ID]bool) error {
	stored, err := s.o.Store.Links()
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	rows := make(map[string]bool, len(stored))
	for _, l := range stored {
		rows[l.RowID] = true
	}
	newest := parseMark(s.o.Store.Mark(s.markLinks()))
	if newest.IsZero() {
		newest = time.Now().Add(-firstLinks)
	}
	for page, err := range s.o.Dataverse.Links(ctx, newest.Add(-overlap)) {
		if err != nil {
			return fmt.Errorf("read changed links: %w", err)
		}
		var kept []chat.Link
		for _, l := range s.convertLinks(page) {
			newest = later(newest, l.Modified)
			if _, known, _ := s.o.Store.Record(l.Record); known || mine[l.Chat] || rows[l.RowID] {
				kept = append(kept, l)
			}
		}
		if err := s.apply(ctx, store.Batch{Links: kept}); err != nil {
			return fmt.Errorf("store changed links: %w", err)
		}
	}
	if err := s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: s.markLinks(), Value: formatMark(newest)}}}); err != nil {
		return fmt.Errorf("store how far links were read: %w", err)
	}
	return nil
}

// StoreLinks applies link rows that a write has returned.
func (s *Syncer) StoreLinks(ctx context.Context, rows ...dataverse.Link) error {
	return s.apply(ctx, store.Batch{Links: s.convertLinks(rows)})
}

func (s *Syncer) convertLinks(rows []dataverse.Link) []chat.Link {
	out := make([]chat.Link, 0, len(rows))
	for _, r := range rows {
		id, err := chat.ParseGUID(r.RecordID)
		if err != nil || r.ChatID == "" || r.Table == "" {
			s.o.Log.Warn("link row skipped", "where", "links", "code", "badRow")
			continue
		}
		out = append(out, chat.Link{
			RowID: strings.ToLower(r.ID), ETag: r.ETag, Chat: chat.ID(r.ChatID), ChatName: r.Name, Live: r.Live,
			Record:    chat.RecordRef{Env: s.o.Env, Table: strings.ToLower(r.Table), ID: id},
			Connector: r.ModifiedBy, ConnectorName: r.ModifiedByName, CreatedBy: r.CreatedBy, CreatedByName: r.CreatedByName,
			Created: r.Created, Modified: r.Modified,
		})
	}
	return out
}

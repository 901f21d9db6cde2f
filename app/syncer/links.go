package syncer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/store"
)

// linkLoop reads the links of my chats once, then what changed since.
func (s *Syncer) linkLoop(ctx context.Context) {
	var retry backoff
	for {
		if !wait(ctx, s.links, time.Time{}) {
			return
		}
		for {
			done := s.working(feedLinks)
			err := s.readLinks(ctx)
			done(err)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				retry.reset()
				break
			}
			if !wait(ctx, s.links, time.Now().Add(retryDelay(err, retry.next()))) {
				return
			}
		}
	}
}

// markLinks is the watermark of changed links, markLinksOf tells that a chat's
// links were read once.
func (s *Syncer) markLinks() string { return "links:" + s.o.Env }

func (s *Syncer) markLinksOf(id chat.ID) string { return "linksof:" + s.o.Env + ":" + string(id) }

// readLinks reads the links of chats that are new here, then all links
// modified since the watermark, keeping those of my chats and known records.
func (s *Syncer) readLinks(ctx context.Context) error {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return fmt.Errorf("read chats: %w", err)
	}
	mine := map[chat.ID]bool{}
	var fresh []string
	for _, c := range stored {
		mine[c.ID] = true
		if c.Kind == chat.Group && s.o.Store.Mark(s.markLinksOf(c.ID)) == "" {
			fresh = append(fresh, string(c.ID))
		}
	}
	mark := parseMark(s.o.Store.Mark(s.markLinks()))
	newest := mark
	if newest.IsZero() {
		newest = time.Now().Add(-time.Hour)
	}
	if len(fresh) > 0 {
		rows, err := s.o.Dataverse.LinksOfChats(ctx, fresh)
		if err != nil {
			return fmt.Errorf("read links of %d chats: %w", len(fresh), err)
		}
		b := store.Batch{Links: s.convertLinks(rows)}
		for _, id := range fresh {
			b.Marks = append(b.Marks, store.Mark{Feed: s.markLinksOf(chat.ID(id)), Value: "1"})
		}
		if err := s.apply(ctx, b); err != nil {
			return fmt.Errorf("store links: %w", err)
		}
	}
	var kept []chat.Link
	for page, err := range s.o.Dataverse.Links(ctx, newest.Add(-overlap)) {
		if err != nil {
			return fmt.Errorf("read changed links: %w", err)
		}
		for _, l := range s.convertLinks(page) {
			if l.Modified.After(newest) {
				newest = l.Modified
			}
			if _, known, _ := s.o.Store.Record(l.Record); known || mine[l.Chat] {
				kept = append(kept, l)
			}
		}
	}
	b := store.Batch{Links: kept, Marks: []store.Mark{{Feed: s.markLinks(), Value: formatMark(newest)}}}
	if err := s.apply(ctx, b); err != nil {
		return fmt.Errorf("store changed links: %w", err)
	}
	return s.readNames(ctx)
}

// readNames reads the records behind links whose name is not known yet.
func (s *Syncer) readNames(ctx context.Context) error {
	links, err := s.o.Store.Links()
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	missing := map[string][]string{}
	asked := map[chat.RecordRef]bool{}
	for _, l := range links {
		if !l.Live || l.Record.Env != s.o.Env || asked[l.Record] {
			continue
		}
		asked[l.Record] = true
		if _, known, _ := s.o.Store.Record(l.Record); !known {
			missing[l.Record.Table] = append(missing[l.Record.Table], l.Record.ID)
		}
	}
	for table, list := range missing {
		if err := s.readNamesOf(ctx, table, list); err != nil {
			return err
		}
	}
	return nil
}

func (s *Syncer) readNamesOf(ctx context.Context, table string, list []string) error {
	t, err := s.table(ctx, table)
	if errors.Is(err, odata.ErrNotFound) || errors.Is(err, odata.ErrForbidden) {
		return nil // a type this user cannot see keeps the names in its links
	}
	if err != nil {
		return fmt.Errorf("read type %s: %w", table, err)
	}
	found, lost, err := s.o.Dataverse.Rows(ctx, t, list)
	if err != nil {
		return fmt.Errorf("read names of %d records: %w", len(list), err)
	}
	var b store.Batch
	for _, r := range found {
		b.Records = append(b.Records, s.ConvertRecord(r))
	}
	for id, why := range lost {
		ref := chat.RecordRef{Env: s.o.Env, Table: table, ID: id}
		b.Records = append(b.Records, chat.Record{Ref: ref, Lost: lostReason(why)})
	}
	return s.apply(ctx, b)
}

func lostReason(err error) chat.LostReason {
	switch {
	case errors.Is(err, odata.ErrForbidden):
		return chat.Forbidden
	case errors.Is(err, odata.ErrNotFound):
		return chat.Gone
	}
	return chat.NotLost
}

// OpenRecord reads a record, its links and my rights on it in one request,
// stores them, and asks Graph about linked chats that are not in my list. A
// record that is forbidden or gone is stored as such and returned as the error.
func (s *Syncer) OpenRecord(ctx context.Context, ref chat.RecordRef, systemUser string) error {
	t, err := s.table(ctx, ref.Table)
	if err != nil {
		s.Heard(err)
		return fmt.Errorf("read type %s: %w", ref.Table, err)
	}
	got, err := s.o.Dataverse.OpenRecord(ctx, t, ref.ID, systemUser)
	s.Heard(err)
	if err != nil {
		return fmt.Errorf("open %s %s: %w", ref.Table, ref.ID, err)
	}
	before, _, err := s.o.Store.Record(ref)
	if err != nil {
		return fmt.Errorf("read %s: %w", ref.Key(), err)
	}
	if why := lostReason(got.RowErr); why != chat.NotLost {
		lost := chat.Record{Ref: ref, Lost: why, Opened: before.Opened}
		if err := s.apply(ctx, store.Batch{Records: []chat.Record{lost}}); err != nil {
			return err
		}
		return got.RowErr
	}
	if got.RowErr != nil {
		return fmt.Errorf("open %s %s: %w", ref.Table, ref.ID, got.RowErr)
	}
	r := s.ConvertRecord(got.Row)
	r.Opened, r.Mine = time.Now().UTC(), before.Mine
	if r.Access = got.Access; got.AccessErr != nil {
		r.Access = before.Access
	}
	b := store.Batch{Records: []chat.Record{r}, Links: s.convertLinks(got.Links)}
	if err := s.apply(ctx, b); err != nil {
		return fmt.Errorf("store %s: %w", ref.Key(), err)
	}
	if got.LinksErr != nil {
		return fmt.Errorf("read links of %s %s: %w", ref.Table, ref.ID, got.LinksErr)
	}
	return s.lookIn(ctx, b.Links)
}

// lookIn asks about live links' chats that are not among mine: I may have been
// added, or the list was not read so far back.
func (s *Syncer) lookIn(ctx context.Context, links []chat.Link) error {
	var unknown []string
	for _, l := range links {
		if _, mine, _ := s.o.Store.Chat(l.Chat); l.Live && !mine {
			unknown = append(unknown, string(l.Chat))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	if _, err := s.Membership(ctx, unknown); err != nil {
		s.Heard(err)
		return err
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

// table returns what is known of a record type; each is read once in a run.
func (s *Syncer) table(ctx context.Context, logical string) (dataverse.Table, error) {
	s.mu.Lock()
	t, ok := s.tables[logical]
	s.mu.Unlock()
	if ok {
		return t, nil
	}
	t, err := s.o.Dataverse.Table(ctx, logical)
	if err != nil {
		return t, err
	}
	s.KnowTables(t)
	return t, nil
}

// KnowTables remembers record types that were read elsewhere.
func (s *Syncer) KnowTables(list ...dataverse.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range list {
		s.tables[t.Logical] = t
	}
}

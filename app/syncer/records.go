package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/store"
)

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
	var failed error
	for table, list := range missing {
		failed = errors.Join(failed, s.readNamesOf(ctx, table, list))
	}
	return failed
}

func (s *Syncer) readNamesOf(ctx context.Context, table string, list []string) error {
	t, err := s.table(ctx, table)
	if errors.Is(err, odata.ErrNotFound) || errors.Is(err, odata.ErrForbidden) {
		return nil // a type this user cannot see keeps the names in its links
	}
	if err != nil {
		return fmt.Errorf("read type %s: %w", table, err)
	}
	found, lost, failed := s.o.Dataverse.Rows(ctx, t, list)
	var b store.Batch
	for _, r := range found {
		b.Records = append(b.Records, s.ConvertRecord(r))
	}
	for id, err := range lost {
		why := lostReason(err)
		if why == chat.NotLost {
			failed = errors.Join(failed, err) // it may pass, and must not count as known
			continue
		}
		ref := chat.RecordRef{Env: s.o.Env, Table: table, ID: id}
		b.Records = append(b.Records, chat.Record{Ref: ref, Lost: why})
	}
	if err := s.apply(ctx, b); err != nil {
		return fmt.Errorf("store names of %d records: %w", len(list), err)
	}
	if failed != nil {
		return fmt.Errorf("read names of %d records: %w", len(list), failed)
	}
	return nil
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

// OpenRecord reads a record, its links, my rights on it and the settings of
// record types in one request, stores them, and asks Graph about linked chats
// that are not in my list. A record that is forbidden or gone is stored as such
// and returned as the error.
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
	if got.ConfigsErr == nil { // else what is cached stays the best we know
		b.SetConfigs, b.Configs = s.o.Env, s.ConvertConfigs(got.Configs)
	}
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

// table returns what is known of a record type; each is read once in a run,
// also when the user may not see it.
func (s *Syncer) table(ctx context.Context, logical string) (dataverse.Table, error) {
	s.mu.Lock()
	t, ok := s.tables[logical]
	err := s.refused[logical]
	s.mu.Unlock()
	if ok || err != nil {
		return t, err
	}
	t, err = s.o.Dataverse.Table(ctx, logical)
	if err == nil {
		s.KnowTables(t)
		return t, nil
	}
	if errors.Is(err, odata.ErrNotFound) || errors.Is(err, odata.ErrForbidden) {
		s.mu.Lock()
		s.refused[logical] = err
		s.mu.Unlock()
	}
	return t, err
}

// KnowTables remembers record types that were read elsewhere.
func (s *Syncer) KnowTables(list ...dataverse.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range list {
		s.tables[t.Logical] = t
		delete(s.refused, t.Logical)
	}
}

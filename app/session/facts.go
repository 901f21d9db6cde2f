package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/store"
)

// factsEvery is how old the account's facts may be before focus or a refresh
// reads them again.
const factsEvery = 10 * time.Minute

// rightsEvery is how old the settings of record types, in which administrators
// toggle rights, may be before focus, refresh and reconnect read them again
// (product.md 11.1). Opening a record reads them with it.
const rightsEvery = 15 * time.Second

// unlinkPrivilege is the role privilege of reference dataverse.md §1.4.
const unlinkPrivilege = "prvUnlinkTeamsChatFromRecord"

// linkTables are the record types Microsoft ships as connectable (product.md 4.4).
var linkTables = []string{"incident", "msdyn_ocliveworkitem", "account", "contact", "knowledgearticle", "email"}

// storedFacts are the facts of one environment as the store keeps them, so
// that rights can be evaluated offline.
type storedFacts struct {
	SystemUser    string
	Teams         []string // owner teams only; access teams do not own
	Privilege     bool
	Tables        []tableFacts
	ConfigProblem string
	ConfigsKnown  bool
}

func (s *Session) factKey() string { return "facts:" + s.env }

// loadFacts takes the stored facts and configurations into the view. The
// caller holds mu, or nobody else knows the session yet.
func (s *Session) loadFacts() {
	var f storedFacts
	if b := s.store.Fact(s.factKey()); b != nil {
		if err := json.Unmarshal(b, &f); err != nil {
			s.log.Warn("read account facts", "err", err)
		}
	}
	v := s.view
	v.me.SystemUser, v.privilege = f.SystemUser, f.Privilege
	v.configProblem, v.configsKnown = f.ConfigProblem, f.ConfigsKnown
	v.teams = map[string]bool{}
	for _, id := range f.Teams {
		v.teams[id] = true
	}
	v.tables = map[string]tableFacts{}
	for _, t := range f.Tables {
		v.tables[t.Logical] = t
	}
	s.loadJoin()
	v.configs = map[string]chat.LinkConfig{}
	configs, err := s.store.Configs(s.env)
	if err != nil {
		s.log.Warn("read configurations", "err", err)
	}
	for _, c := range configs {
		v.configs[c.Table] = c
	}
}

// systemUser is my systemuserid, "" until it was read once.
func (s *Session) systemUser() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.me.SystemUser
}

// readRecord reads a record, its links and the user's rights again. One that is
// opened before the facts were read asks who I am itself, for it cannot wait
// until all of them can be read.
func (s *Session) readRecord(ctx context.Context, ref chat.RecordRef) error {
	me := s.systemUser()
	if me == "" {
		who, err := s.dv.WhoAmI(ctx)
		s.sync.Heard(err)
		if err != nil {
			return fmt.Errorf("read who I am: %w", err)
		}
		me = who.UserID
	}
	return s.sync.OpenRecord(ctx, ref, me)
}

// wantRights has the settings of record types read again, and facts that are old.
func (s *Session) wantRights() {
	s.mu.Lock()
	s.rights.due = true
	s.mu.Unlock()
	nudge(s.facts)
}

// factsLoop reads the facts at start and when they are old and something asks,
// and the settings of record types when they are due.
func (s *Session) factsLoop(ctx context.Context) error {
	retry := 5 * time.Second
	for {
		s.mu.Lock()
		old := time.Since(s.factsAt) >= factsEvery
		due, wait := s.rights.due && s.view.configsKnown, time.Until(s.rights.at.Add(rightsEvery))
		s.mu.Unlock()
		var again <-chan time.Time
		switch {
		case old:
			err := s.readFacts(ctx)
			s.sync.Heard(err)
			if err == nil {
				retry = 5 * time.Second
				s.warn("facts", nil)
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.warnOf("facts", err)
			again, retry = time.After(retry), min(2*retry, time.Minute)
		case due && wait > 0:
			again = time.After(wait)
		case due:
			s.refreshRights(ctx)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.facts:
		case <-again:
		}
	}
}

// refreshRights reads the settings of record types alone. When that fails those
// known stay, and the next focus asks again.
func (s *Session) refreshRights(ctx context.Context) {
	s.mu.Lock()
	s.rights.at, s.rights.due = time.Now(), false
	s.mu.Unlock()
	rows, err := s.dv.Configs(ctx)
	s.sync.Heard(err)
	var diff store.Diff
	if err == nil {
		diff, err = s.store.Apply(ctx, store.Batch{SetConfigs: s.env, Configs: s.sync.ConvertConfigs(rows)})
	}
	if err != nil {
		s.log.Debug("read the settings of record types again", "err", err)
		return
	}
	s.onDiff(diff)
}

// readFacts reads who I am in the environment, my teams, the privilege and the
// configuration of record types.
func (s *Session) readFacts(ctx context.Context) error {
	who, err := s.dv.WhoAmI(ctx)
	if err != nil {
		return fmt.Errorf("read who I am: %w", err)
	}
	f := storedFacts{SystemUser: who.UserID}
	teams, err := s.dv.Teams(ctx, who.UserID)
	if err != nil {
		return fmt.Errorf("read my teams: %w", err)
	}
	for _, t := range teams {
		if t.Type != dataverse.AccessTeam {
			f.Teams = append(f.Teams, t.ID)
		}
	}
	slices.Sort(f.Teams)
	if f.Privilege, err = s.dv.HasPrivilege(ctx, who.UserID, unlinkPrivilege); err != nil {
		return fmt.Errorf("read privilege: %w", err)
	}
	b := store.Batch{SetConfigs: s.env}
	if b.Configs, err = s.readConfigs(ctx, &f); err != nil {
		return err
	}
	if err := s.readTables(ctx, &f, b.Configs); err != nil {
		return err
	}
	if f.ConfigProblem != "" && f.ConfigProblem != "tableMissing" {
		b.SetConfigs = "" // what is cached stays the best we know
	}
	fact, err := encodeFact(s.factKey(), f)
	if err != nil {
		return err
	}
	b.Facts = []store.Fact{fact}
	diff, err := s.store.Apply(ctx, b)
	if err != nil {
		return fmt.Errorf("store account facts: %w", err)
	}
	s.mu.Lock()
	s.factsAt = time.Now()
	s.rights.at, s.rights.due = s.factsAt, false
	s.mu.Unlock()
	diff.Facts = true
	s.onDiff(diff)
	s.readAbout(ctx)
	return nil
}

// readConfigs reads the record types' settings; what an agent may lack (the
// table, the privilege) is a fact, not an error.
func (s *Session) readConfigs(ctx context.Context, f *storedFacts) ([]chat.LinkConfig, error) {
	rows, err := s.dv.Configs(ctx)
	switch {
	case errors.Is(err, odata.ErrForbidden):
		f.ConfigProblem = "noPrivilege"
		return nil, nil
	case errors.Is(err, odata.ErrNotFound):
		f.ConfigProblem = "tableMissing"
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read configurations: %w", err)
	}
	f.ConfigsKnown = true
	return s.sync.ConvertConfigs(rows), nil
}

func (s *Session) readTables(ctx context.Context, f *storedFacts, configs []chat.LinkConfig) error {
	names := slices.Clone(linkTables)
	for _, c := range configs {
		if !slices.Contains(names, c.Table) {
			names = append(names, c.Table)
		}
	}
	tables, err := s.dv.Tables(ctx, names)
	if err != nil {
		return fmt.Errorf("read record types: %w", err)
	}
	for _, n := range names {
		if t, ok := tables[n]; ok {
			s.sync.KnowTables(t)
			f.Tables = append(f.Tables, tableFacts{Logical: n, Set: t.Set, PrimaryID: t.PrimaryID, PrimaryName: t.PrimaryName, Display: t.DisplayName})
		}
	}
	return nil
}

// environments are the environments of the account as discovery gave them.
func (s *Session) environments() []Environment {
	var out []Environment
	if err := json.Unmarshal(s.store.Fact(factEnvironments), &out); err != nil {
		return nil
	}
	return out
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

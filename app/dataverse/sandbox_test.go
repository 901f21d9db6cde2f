package dataverse_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

const privilege = "prvUnlinkTeamsChatFromRecord"

func company() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 1, Cases: 30, Chats: 80, Messages: 800})
}

// as is a client of the sandbox's Dataverse for a person.
func as(t *testing.T, s *sandbox.Sandbox, oid string) *dataverse.Client {
	t.Helper()
	return dataverse.New(service(t, s, "dataverse", "/api/data/v9.2", oid))
}

func service(t *testing.T, s *sandbox.Sandbox, name, path, oid string) *odata.Client {
	t.Helper()
	origin := s.Origins()[name]
	h, err := wire.NewClient(origin, wire.Options{Transport: s.Transport(), Token: func(context.Context, string) (string, error) {
		return s.Token(oid, name), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &odata.Client{Base: origin + path, HTTP: h}
}

// incident reads the definition of cases.
func incident(t *testing.T, c *dataverse.Client) dataverse.Table {
	t.Helper()
	table, err := c.Table(t.Context(), "incident")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestWhoAndWhere(t *testing.T) {
	t.Parallel()
	s := company()
	me := s.People[0]
	c := as(t, s, me.OID)
	ctx := t.Context()
	who, err := c.WhoAmI(ctx)
	if err != nil || who.UserID != me.SystemUserID {
		t.Fatalf("who am I: %v %+v", err, who)
	}
	instances, err := dataverse.Discover(ctx, service(t, s, "discovery", "/api/discovery/v2.0", me.OID))
	if err != nil || !slices.ContainsFunc(instances, func(i dataverse.Instance) bool {
		return strings.Contains(i.APIURL+i.URL, "contoso") && i.FriendlyName != ""
	}) {
		t.Errorf("discover: %v %+v", err, instances)
	}
	teams, err := c.Teams(ctx, who.UserID)
	if err != nil || len(teams) != len(me.TeamIDs) || len(teams) > 0 && teams[0].Name == "" {
		t.Errorf("teams: %v %+v, want %v", err, teams, me.TeamIDs)
	}
	users, err := c.Users(ctx, []string{me.OID, s.People[1].OID, "00000000-0000-4000-8000-000000000000"})
	if err != nil || len(users) != 2 {
		t.Errorf("users: %v %+v", err, users)
	}
	byID, err := c.UsersByID(ctx, []string{me.SystemUserID})
	if err != nil || len(byID) != 1 || byID[0].ObjectID != me.OID || byID[0].Name != me.Name {
		t.Errorf("users by id: %v %+v", err, byID)
	}
	if has, err := c.HasPrivilege(ctx, who.UserID, "prvNoSuchThing"); err != nil || has {
		t.Errorf("unknown privilege: %v %v", has, err)
	}
	readonly := slices.IndexFunc(s.People, func(p *sandbox.Person) bool { return p.Role == "readonly" })
	supervisor := slices.IndexFunc(s.People, func(p *sandbox.Person) bool { return p.Role == "supervisor" })
	for i, want := range map[int]bool{readonly: false, supervisor: true} {
		p := s.People[i]
		if has, err := as(t, s, p.OID).HasPrivilege(ctx, p.SystemUserID, privilege); err != nil || has != want {
			t.Errorf("privilege of a %s: %v %v, want %v", p.Role, has, err, want)
		}
	}
}

func TestTablesAndConfigs(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	names := []string{"incident", "account", "contact", "knowledgearticle", "email", "msdyn_ocliveworkitem", "msdyn_teamschatassociation", "new_nothing"}
	tables, err := c.Tables(t.Context(), names)
	if err != nil || len(tables) != len(names)-1 {
		t.Fatalf("tables: %v %+v", err, tables)
	}
	want := dataverse.Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title", DisplayName: "Case", TypeCode: 112, UserOwned: true}
	if one := incident(t, c); one != want || tables["incident"] != want || tables["msdyn_teamschatassociation"].UserOwned {
		t.Errorf("incident: %+v and %+v", one, tables["incident"])
	}
	if _, err := c.Table(t.Context(), "new_nothing"); !errors.Is(err, odata.ErrNotFound) {
		t.Errorf("unknown table: %v", err)
	}
	configs, err := c.Configs(t.Context())
	at := slices.IndexFunc(configs, func(l dataverse.LinkConfig) bool { return l.Table == "incident" })
	if err != nil || at < 0 || !configs[at].Join || !configs[at].OwnerUnlink {
		t.Errorf("configs: %v %+v", err, configs)
	}
	s.ForbidTeamsTables()
	if _, err := c.Configs(t.Context()); !errors.Is(err, odata.ErrForbidden) {
		t.Errorf("forbidden configs: %v", err)
	}
	s.DropTeamsTables()
	if _, err := c.Configs(t.Context()); !errors.Is(err, odata.ErrNotFound) {
		t.Errorf("absent configs: %v", err)
	}
}

func TestOpenRecord(t *testing.T) {
	t.Parallel()
	s := company()
	me := s.People[0]
	c := as(t, s, me.OID)
	table := incident(t, c)
	at := slices.IndexFunc(s.Cases, func(k *sandbox.CaseSeed) bool { return len(k.Linked) > 0 && k.OwnerOID == me.OID })
	if at < 0 {
		t.Fatal("I own no connected case")
	}
	k := s.Cases[at]
	s.Knobs.ResetCounts()
	got, err := c.OpenRecord(t.Context(), table, strings.ToUpper(k.ID), me.SystemUserID)
	if err != nil || got.RowErr != nil || got.LinksErr != nil || got.AccessErr != nil {
		t.Fatalf("%v, %+v", err, got)
	}
	if n := s.Knobs.Requests(""); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	r := got.Row
	if r.ID != k.ID || r.Name != k.Title || r.Number != k.Number || r.OwnerID != me.SystemUserID || r.OwnerName != me.Name || r.OwnerTeam ||
		r.StatusText == "" || r.Priority == "" || r.Customer == "" || r.Modified.IsZero() || r.Deadline.IsZero() != k.Resolved && r.Deadline.IsZero() {
		t.Errorf("row: %+v of %+v", r, k)
	}
	if len(got.Links) < len(k.Linked) || !got.Links[0].Live || got.Links[0].ModifiedByName == "" || got.Links[0].ETag == "" || got.Links[0].Table != "incident" {
		t.Errorf("links: %+v", got.Links)
	}
	if !slices.Contains(got.Access, "WriteAccess") {
		t.Errorf("access: %v", got.Access)
	}
	gone, err := c.OpenRecord(t.Context(), table, s.DeletedCaseID(), me.SystemUserID)
	if err != nil || !errors.Is(gone.RowErr, odata.ErrNotFound) || gone.LinksErr != nil {
		t.Errorf("deleted case: %v, %+v", err, gone)
	}
	if err := s.RevokeRead(me.OID, "incident"); err != nil {
		t.Fatal(err)
	}
	lost, err := c.OpenRecord(t.Context(), table, k.ID, me.SystemUserID)
	if err != nil || !errors.Is(lost.RowErr, odata.ErrForbidden) {
		t.Errorf("forbidden case: %v, %v", err, lost.RowErr)
	}
}

func TestRowsOfEachTable(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	ctx := t.Context()
	table := incident(t, c)
	found, lost, err := c.Rows(ctx, table, []string{s.Cases[0].ID, s.Cases[1].ID, s.Cases[0].ID, s.DeletedCaseID(), "nonsense"})
	if err != nil || len(found) != 2 || len(lost) != 2 || !errors.Is(lost[s.DeletedCaseID()], odata.ErrNotFound) || !errors.Is(lost["nonsense"], dataverse.ErrBadID) {
		t.Errorf("rows: %v %+v %v", err, found, lost)
	}
	for name, text := range map[string]string{"account": "e", "contact": "e", "knowledgearticle": "e", "email": "re:", "msdyn_ocliveworkitem": "chat", "task": "call", "queue": "e"} {
		table, err := c.Table(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := c.SearchRecords(ctx, table, text, 3)
		if err != nil || len(rows) == 0 {
			t.Errorf("%s: %v %+v", name, err, rows)
			continue
		}
		again, _, err := c.Rows(ctx, table, []string{rows[0].ID})
		if err != nil || len(again) != 1 || again[0] != rows[0] || rows[0].Name == "" || rows[0].Table != name {
			t.Errorf("%s: %v, %+v read again is %+v", name, err, rows[0], again)
		}
	}
	byNumber, err := c.SearchRecords(ctx, table, s.Cases[2].Number[4:9], 10)
	if err != nil || !slices.ContainsFunc(byNumber, func(r dataverse.Row) bool { return r.ID == s.Cases[2].ID }) {
		t.Errorf("search by number: %v %+v", err, byNumber)
	}
	if odd, err := c.SearchRecords(ctx, table, "it's (100%) & more", 10); err != nil || len(odd) != 0 {
		t.Errorf("search for odd characters: %v %+v", err, odd)
	}
}

func TestMyCases(t *testing.T) {
	t.Parallel()
	s := company()
	me := s.People[0]
	c := as(t, s, me.OID)
	s.Knobs.ResetCounts()
	got, err := c.MyCases(t.Context(), me.SystemUserID, me.TeamIDs)
	if err != nil || len(got) == 0 || s.Knobs.Requests("") != 1 {
		t.Fatalf("%v, %d cases in %d requests", err, len(got), s.Knobs.Requests(""))
	}
	mine := map[string]bool{}
	for _, k := range s.Cases {
		if !k.Resolved && (k.OwnerOID == me.OID || slices.Contains(me.TeamIDs, k.OwnerTeam)) {
			mine[k.ID] = true
		}
	}
	queued := 0
	for i, r := range got {
		if i > 0 && r.Modified.After(got[i-1].Modified) || r.State != 0 {
			t.Errorf("case %d: %+v", i, r)
		}
		if !mine[r.ID] {
			queued++
		}
		delete(mine, r.ID)
	}
	if len(mine) > 0 && len(got) < 50 {
		t.Errorf("missing %v", mine)
	}
	if queued == 0 {
		t.Error("no case of a queue item is among them")
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	ctx := t.Context()
	read := func(since time.Time) (out []dataverse.Link) {
		t.Helper()
		for page, err := range c.Links(ctx, since) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, page...)
		}
		return out
	}
	all := read(time.Time{})
	dead := slices.IndexFunc(all, func(l dataverse.Link) bool { return !l.Live })
	if len(all) < 10 || dead < 0 || !slices.IsSortedFunc(all, func(a, b dataverse.Link) int { return a.Modified.Compare(b.Modified) }) {
		t.Fatalf("%d links, a dead one at %d", len(all), dead)
	}
	middle := all[len(all)/2].Modified
	if since := read(middle); len(since) == 0 || len(since) >= len(all) || since[0].Modified.Before(middle) {
		t.Errorf("%d of %d links since the middle", len(since), len(all))
	}
	chats := []string{"19:nothing@thread.v2"}
	for _, l := range all {
		chats = append(chats, l.ChatID)
	}
	if of, err := c.LinksOfChats(ctx, chats); err != nil || len(of) != len(all) {
		t.Errorf("links of chats: %v, %d of %d", err, len(of), len(all))
	}
}

func TestConnectAndDisconnectInTheSandbox(t *testing.T) {
	t.Parallel()
	s := company()
	me, you := s.People[0], s.People[1]
	c, ctx := as(t, s, me.OID), t.Context()
	want := dataverse.Link{ID: "7d0e5c1a-0000-5000-8000-000000000001", ChatID: "19:0123456789abcdef0123456789abcdef@thread.v2",
		RecordID: s.Cases[3].ID, Table: "incident", Name: strings.Repeat("näme😀", 30)}
	made, err := c.PutLink(ctx, want)
	if err != nil || made.ID != want.ID || !made.Live || made.ModifiedBy != me.SystemUserID || made.ETag == "" || made.RecordID != want.RecordID {
		t.Fatalf("put: %v %+v", err, made)
	}
	again, err := as(t, s, you.OID).PutLink(ctx, want)
	if err != nil || again != made {
		t.Errorf("put again: %v %+v", err, again)
	}
	off, err := c.SetLink(ctx, made.ID, false, made.ETag)
	if err != nil || off.Live || off.ETag == made.ETag {
		t.Fatalf("disconnect: %v %+v", err, off)
	}
	if _, err := c.SetLink(ctx, made.ID, false, made.ETag); !errors.Is(err, odata.ErrConflict) {
		t.Errorf("disconnect with an old etag: %v", err)
	}
	if _, err := c.SetLink(ctx, "7d0e5c1a-0000-5000-8000-000000000002", false, ""); !errors.Is(err, odata.ErrNotFound) && !errors.Is(err, odata.ErrConflict) {
		t.Errorf("disconnect of nothing: %v", err)
	}
	want.ID = "7d0e5c1a-0000-5000-8000-000000000009" // another id: the old row still wins
	revived, err := as(t, s, you.OID).PutLink(ctx, want)
	if err != nil || revived.ID != made.ID || !revived.Live || revived.ModifiedBy != you.SystemUserID || revived.CreatedBy != me.SystemUserID {
		t.Errorf("revive: %v %+v", err, revived)
	}
	if err := s.SetRow("msdyn_teamschatassociation", made.ID, map[string]any{"statecode": 1, "statuscode": 2}); err != nil {
		t.Fatal(err)
	}
	if woken, err := c.PutLink(ctx, want); err != nil || !woken.Live || woken.ID != made.ID {
		t.Errorf("a row that was switched off: %v %+v", err, woken)
	}
}

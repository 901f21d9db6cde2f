package session

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/policy"
	"chatpane/app/sandbox"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// desk is one user at one machine: a session against the sandbox, with the
// pane's copy built from Changes alone.
type desk struct {
	*Session
	t    *testing.T
	box  *sandbox.Sandbox
	who  *sandbox.Person
	pane paneCopy
	stop func()
}

// newBox makes a small company; it lives in the caller's synctest bubble.
func newBox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	return sandbox.New(sandbox.Options{Seed: 7, Chats: 40, Messages: 900})
}

// person finds the n-th person of a role.
func person(t *testing.T, box *sandbox.Sandbox, role string, n int) *sandbox.Person {
	t.Helper()
	for _, p := range box.People {
		if p.Role == role {
			if n == 0 {
				return p
			}
			n--
		}
	}
	t.Fatalf("the company has no person %d of role %s", n, role)
	return nil
}

// sit signs a person in on a fresh machine, waits until everything is read,
// and lets the machine go at the end of the test.
func sit(t *testing.T, box *sandbox.Sandbox, who *sandbox.Person) *desk {
	t.Helper()
	return sitAt(t, box, who, vault.OpenMemory())
}

// sitAt is sit on a machine with a disk.
func sitAt(t *testing.T, box *sandbox.Sandbox, who *sandbox.Person, v *vault.Vault) *desk {
	t.Helper()
	return sitOver(t, box, who, v, box.Transport())
}

// sitOver is sitAt over a network of the test's own.
func sitOver(t *testing.T, box *sandbox.Sandbox, who *sandbox.Person, v *vault.Vault, net http.RoundTripper, change ...func(*parts)) *desk {
	t.Helper()
	d := &desk{t: t, box: box, who: who, pane: newPaneCopy()}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := box.Origins()
	p := parts{
		me:  identity{OID: who.OID, Tenant: box.TenantID, Name: who.Name, UPN: who.UPN},
		env: o["dataverse"], policy: policy.Default(), log: log, board: newBoard(func(int64) {}), vault: v,
		budget: syncer.NewBudget(100000), faults: &faults{}, graphHost: hostOf(o["graph"]), transport: net,
	}
	client := func(service, path string, limit odata.Limiter) *odata.Client {
		h, err := wire.NewClient(o[service], wire.Options{Transport: net, Log: log,
			Token: func(context.Context, string) (string, error) { return box.Token(who.OID, service), nil }})
		if err != nil {
			t.Fatal(err)
		}
		return &odata.Client{Base: o[service] + path, HTTP: h, Limit: limit, Log: log, Observe: p.faults.observe}
	}
	p.graph = graph.New(client("graph", "/v1.0", p.budget))
	p.dataverse = dataverse.New(client("dataverse", "/api/data/v9.2", nil))
	p.policy.PicturesAhead = false // those of the company are many; keep_test.go turns it on
	for _, f := range change {
		f(&p)
	}
	var err error
	for i, name := range []string{"outbox", "drafts"} {
		if p.journals[i], err = v.Journal(name); err != nil {
			t.Fatal(err)
		}
	}
	if p.drafts, err = outbox.OpenDrafts(p.journals[1]); err != nil {
		t.Fatal(err)
	}
	if p.store, err = store.Open(v.Dir(), v, store.Options{Log: log, MinFree: 1, Preview: syncer.Preview(who.OID), Text: SearchText}); err != nil {
		t.Fatal(err)
	}
	// Messages were sent from here before, and came back with their marker.
	if _, err := p.store.Apply(t.Context(), store.Batch{Facts: []store.Fact{{Key: factMarker, Value: []byte("yes")}}}); err != nil {
		t.Fatal(err)
	}
	if d.Session, err = newSession(p); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Run(ctx) // ends with ctx
	}()
	stopped := false
	d.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(d.stop)
	d.Visible(true)
	d.settle()
	return d
}

// settle lets everything that is under way finish, without waiting for timers
// longer than a few seconds.
func (d *desk) settle() {
	d.t.Helper()
	for range 12 {
		time.Sleep(500 * time.Millisecond) // virtual time of the bubble
		synctest.Wait()
	}
	d.pull()
}

// pull brings the pane's copy up to date.
func (d *desk) pull() {
	c := d.board.since(d.pane.seq)
	noNil(d.t, "Change", reflect.ValueOf(c))
	d.pane.apply(c)
}

// noNil checks that every list in a row is there, if empty: null is not what
// the pane's types say, and a row that holds one takes the page down.
func noNil(t *testing.T, where string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			noNil(t, where, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			noNil(t, where, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name := where + "." + f.Name
			if f.Type.Kind() == reflect.Slice && v.Field(i).IsNil() && !strings.Contains(f.Tag.Get("json"), "omitempty") {
				t.Errorf("%s is null on the wire", name)
			}
			noNil(t, name, v.Field(i))
		}
	default: // a text, a number or a bool
	}
}

// openRecord opens a record as the pane does and returns its key.
func (d *desk) openCase(id string) string {
	d.t.Helper()
	key, err := d.OpenRecord(d.t.Context(), d.env+"/main.aspx?appid=x&pagetype=entityrecord&etn=incident&id=%7B"+strings.ToUpper(id)+"%7D")
	if err != nil {
		d.t.Fatalf("open case %s: %v", id, err)
	}
	d.settle()
	return key
}

// openChat opens a chat as the pane does.
func (d *desk) openChat(id string) Page {
	d.t.Helper()
	p, err := d.OpenChat(d.t.Context(), chat.ID(id))
	if err != nil {
		d.t.Fatalf("open chat %s: %v", id, err)
	}
	for _, m := range p.Messages {
		d.pane.putMessage(m)
	}
	d.settle()
	return p
}

// texts are the plain texts of a chat on screen, in order.
func (d *desk) texts(id string) []string {
	var rows []MessageRow
	for _, m := range d.pane.messages[id] {
		rows = append(rows, m)
	}
	slices.SortFunc(rows, func(a, b MessageRow) int { return strings.Compare(a.Sort, b.Sort) })
	var out []string
	for _, m := range rows {
		out = append(out, m.Plain)
	}
	return out
}

// section returns a section of the list of a record, or of home.
func (d *desk) section(key, kind string) Section {
	d.t.Helper()
	for _, s := range d.pane.lists[key].Sections {
		if s.Kind == kind {
			return s
		}
	}
	d.t.Fatalf("the list %q has no section %s", key, kind)
	return Section{}
}

// say sends a message as the pane does.
func (d *desk) say(id, text string) string {
	d.t.Helper()
	op, err := d.Send(d.t.Context(), Compose{Chat: id, HTML: "<p>" + text + "</p>", Importance: "normal"})
	if err != nil {
		d.t.Fatalf("send %q: %v", text, err)
	}
	return op
}

// paneCopy is what the pane would show, built by the rules of Change's fields.
type paneCopy struct {
	seq      int64
	chats    map[string]ChatRow
	lists    map[string]List
	locked   map[string]LockedRow
	records  map[string]RecordRow
	starts   map[string]StartRow
	messages map[string]map[string]MessageRow
	drafts   map[string]Draft
	notices  []Notice
	health   Health
	tabs     Tabs
}

func newPaneCopy() paneCopy {
	return paneCopy{chats: map[string]ChatRow{}, lists: map[string]List{}, locked: map[string]LockedRow{},
		records: map[string]RecordRow{}, starts: map[string]StartRow{}, messages: map[string]map[string]MessageRow{}, drafts: map[string]Draft{}}
}

func (p *paneCopy) putMessage(m MessageRow) {
	if p.messages[m.Chat] == nil {
		p.messages[m.Chat] = map[string]MessageRow{}
	}
	if old, ok := p.messages[m.Chat][m.ID]; !ok || m.Rev >= old.Rev {
		p.messages[m.Chat][m.ID] = m
	}
}

func (p *paneCopy) apply(c Change) {
	if c.Reset {
		*p = newPaneCopy()
	}
	p.seq = c.Seq
	for _, r := range c.Chats {
		p.chats[r.ID] = r
	}
	for _, l := range c.Lists {
		p.lists[l.Key] = l
	}
	for _, r := range c.Starts {
		p.starts[r.ID] = r
	}
	for _, l := range c.Links {
		p.locked[l.ID] = l
	}
	for _, r := range c.Records {
		p.records[r.Key] = r
	}
	for _, m := range c.Messages {
		p.putMessage(m)
	}
	for _, d := range c.Drafts {
		p.drafts[d.Chat] = d
	}
	p.notices = append(p.notices, c.Notices...)
	if c.Health != nil {
		p.health = *c.Health
	}
	if c.Tabs != nil {
		p.tabs = *c.Tabs
	}
	for _, r := range c.Removed {
		switch r.Kind {
		case cellChat:
			delete(p.chats, r.Key)
		case cellStart:
			delete(p.starts, r.Key)
		case cellList:
			delete(p.lists, r.Key)
		case cellLocked:
			delete(p.locked, r.Key)
		case cellRecord:
			delete(p.records, r.Key)
		case cellMessage:
			delete(p.messages[r.Chat], r.Key)
		}
	}
}

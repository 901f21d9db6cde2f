package session

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// everyScope are the permissions of the sandbox's tenant, of both services.
var everyScope = strings.Fields(`Chat.ReadBasic Chat.Read Chat.ReadWrite Chat.Create ChatMessage.Send ChatMember.Read ChatMember.ReadWrite
	User.Read User.ReadBasic.All User.Read.All Presence.Read Presence.Read.All People.Read ProfilePhoto.Read.All
	Files.Read Files.ReadWrite Files.Read.All Files.ReadWrite.All Sites.Read.All Team.ReadBasic.All Channel.ReadBasic.All
	Channel.Create ChannelMember.Read.All ChannelMessage.Send ChannelMessage.Edit ChannelMessage.Read.All ChannelMessage.ReadWrite
	TeamsTab.Read.All TeamsTab.Create TeamsTab.ReadWriteForChat user_impersonation`)

// visits are the scope and prompt of each page that a tab was sent to.
func (m *machine) visits(tab int) []string {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if tab >= len(m.tabs) {
		m.t.Fatalf("%d tabs were opened, want %d", len(m.tabs), tab+1)
	}
	var out []string
	for _, a := range m.tabs[tab] {
		u, err := url.Parse(a)
		if err != nil {
			m.t.Fatal(err)
		}
		kind := "named"
		if strings.Contains(u.Query().Get("scope"), "/.default") {
			kind = "default"
		}
		out = append(out, kind+" "+u.Query().Get("prompt"))
	}
	return out
}

// missing are the permissions that Diagnostics shows as missing, after both
// services were asked for something.
func (m *machine) missing() []ScopeState {
	m.t.Helper()
	s, err := m.Session()
	if err != nil {
		m.t.Fatal(err)
	}
	_, _ = s.graph.Me(m.t.Context()) // refused or not, a token was asked for
	_, _ = s.dv.WhoAmI(m.t.Context())
	rows := m.Diagnostics().Scopes
	if len(rows) != len(graphScopes)+1 {
		m.t.Fatalf("Diagnostics names %d permissions: %+v", len(rows), rows)
	}
	return slices.DeleteFunc(rows, func(s ScopeState) bool { return s.Granted })
}

func TestEachMissingPermissionLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, scope := range graphScopes {
		t.Run(scope+" is missing", func(t *testing.T) {
			t.Parallel()
			box := smallBox()
			box.Knobs.Consent(sandbox.ConsentAdmin, scope)
			m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
			if err := m.SignIn(t.Context()); err != nil {
				t.Fatalf("sign in: %v", err)
			}
			if got := m.visits(0); !slices.Equal(got, []string{"named select_account", "default none"}) || len(m.tabs) != 1 {
				t.Errorf("the tab went to %q; want one page, and one that is not seen", got)
			}
			rows := m.missing()
			if len(rows) != 1 || rows[0].Name != scope || rows[0].Need == "" || !strings.Contains(rows[0].Link, box.TenantID+"/v2.0/adminconsent?") || !strings.Contains(rows[0].Link, scope) {
				t.Fatalf("Diagnostics misses %+v, want %s with the administrator's link", rows, scope)
			}
			m.functions(scope)
			box.Knobs.Consent(sandbox.ConsentAdmin)
			if err := m.SignIn(t.Context()); err != nil {
				t.Fatalf("sign in after the administrator agreed: %v", err)
			}
			if got := m.visits(1); len(got) != 1 {
				t.Errorf("with everything granted the tab went to %q", got)
			}
			if rows := m.missing(); len(rows) != 0 {
				t.Errorf("still missing: %+v", rows)
			}
		})
	}
}

// functions checks what works without a permission, and what says that it does not.
func (m *machine) functions(missing string) {
	m.t.Helper()
	ctx := m.t.Context()
	s, err := m.Session()
	if err != nil {
		m.t.Fatal(err)
	}
	_, list := s.graph.ListChats(ctx, "")
	_, people := s.graph.SearchUsers(ctx, "a", 5)
	_, presence := s.graph.Presences(ctx, []string{s.me.OID})
	var id string
	for _, c := range m.box.ListRooms() {
		if strings.Contains(strings.Join(c.Members, " "), s.me.OID) {
			id = c.ID
		}
	}
	read := s.graph.MarkRead(ctx, id, s.me.OID, m.box.TenantID)
	_, records := s.dv.WhoAmI(ctx)
	for need, err := range map[string]error{"": list, "User.ReadBasic.All": people, "Presence.Read.All": presence, "Chat.ReadWrite": read, "records": records} {
		refused := err != nil
		if need == "User.ReadBasic.All" && missing == need {
			continue // User.Read.All, which the tenant grants, serves too
		}
		if refused != (need == missing) {
			m.t.Errorf("without %s, what needs %q: %v", missing, need, err)
		}
		if p := explain(err); refused && (p.Code != "scopeMissing" || p.Action != "settings" || len(p.Args) == 0 || p.Args[0].Value != missing) {
			m.t.Errorf("without %s the refusal is %+v; want it named", missing, p)
		}
	}
}

func TestSignInWhereNobodyAgreed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how    sandbox.Consent
		scopes []string
		answer string
		want   string
		visits int
	}{
		"an administrator must agree to everything":      {sandbox.ConsentAdmin, everyScope, "", "adminConsent", 2},
		"what is granted is nothing that the pane uses":  {sandbox.ConsentAdmin, slices.Concat(graphScopes, []string{"user_impersonation"}), "", "adminConsent", 2},
		"the person declines, and nothing was granted":   {sandbox.ConsentUser, everyScope, "decline", "signInDeclined", 2},
		"nobody agreed to Dynamics 365":                  {sandbox.ConsentAdmin, []string{"user_impersonation"}, "", "dynamicsConsent", 2},
		"the person declines Dynamics 365 and goes home": {sandbox.ConsentUser, []string{"user_impersonation"}, "decline", "dynamicsConsent", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := smallBox()
			box.Knobs.Consent(c.how, c.scopes...)
			m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
			m.answer = c.answer
			err := m.SignIn(t.Context())
			a := *m.Changes(0).Account
			if codeOf(err) != c.want || a.Phase != "signedOut" || a.Problem == nil || a.Problem.Code != c.want {
				t.Fatalf("SignIn: %v, account %s with %+v; want %s", err, a.Phase, a.Problem, c.want)
			}
			if got := m.visits(0); len(got) != c.visits || len(m.tabs) != 1 {
				t.Errorf("the tab went to %q", got)
			}
			if c.want != "signInDeclined" && (a.Problem.Action != "copyLink" || !strings.Contains(a.Problem.URL, "/v2.0/adminconsent?")) {
				t.Errorf("no link for the administrator: %+v", a.Problem)
			}
			if entries, _ := os.ReadDir(m.dir); len(entries) != 0 {
				t.Errorf("a sign-in that did not happen left %v on disk", entries)
			}
			m.answer = ""
			box.Knobs.Consent(c.how)
			if err := m.SignIn(t.Context()); err != nil {
				t.Fatalf("sign in after consent: %v", err)
			}
			if rows := m.missing(); len(rows) != 0 || len(m.visits(1)) != 1 {
				t.Errorf("after consent: missing %+v, visits %q", rows, m.visits(1))
			}
		})
	}
}

func TestAPersonAgreesAtThePage(t *testing.T) {
	t.Parallel()
	box := smallBox()
	box.Knobs.Consent(sandbox.ConsentUser, "Presence.Read.All", "Chat.Create", "user_impersonation")
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := m.missing(); len(rows) != 0 || len(m.visits(0)) != 1 {
		t.Errorf("missing %+v after %q; want one page that asks for Teams and Dynamics", rows, m.visits(0))
	}
}

func TestAPersonWhoDeclinesAPermissionSignsInWithoutIt(t *testing.T) {
	t.Parallel()
	box := smallBox()
	box.Knobs.Consent(sandbox.ConsentUser, "Presence.Read.All")
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
	m.answer = "decline"
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := m.missing(); len(rows) != 1 || rows[0].Name != "Presence.Read.All" {
		t.Errorf("missing %+v", rows)
	}
}

// A consent that is taken away while the pane runs takes its function only; the
// account stays open, also through a sign-in that Dynamics refuses.
func TestConsentWithdrawnLater(t *testing.T) {
	t.Parallel()
	box := smallBox()
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := m.missing(); len(rows) != 0 {
		t.Fatalf("missing %+v", rows)
	}
	box.Knobs.Consent(sandbox.ConsentAdmin, "Presence.Read.All", "user_impersonation")
	box.Knobs.ExpireTokens()
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.graph.ListChats(t.Context(), ""); err != nil {
		t.Errorf("list chats: %v", err)
	}
	if _, err := s.graph.Presences(t.Context(), []string{s.me.OID}); codeOf(err) != "scopeMissing" {
		t.Errorf("presence: %v", err)
	}
	if _, err := s.dv.WhoAmI(t.Context()); codeOf(err) != "consent" {
		t.Errorf("Dynamics: %v", err)
	}
	names := func() string {
		var out []string
		for _, r := range m.missing() {
			out = append(out, r.Name)
		}
		return strings.Join(out, " ")
	}
	if got := names(); got != "Presence.Read.All user_impersonation" {
		t.Errorf("Diagnostics misses %q", got)
	}
	before := m.await(func(a Account) bool { return a.Phase == "signedIn" })
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in again: %v", err)
	}
	if a := m.await(func(a Account) bool { return a.Phase == "signedIn" }); a.Environment != before.Environment || len(a.Environments) != 2 {
		t.Errorf("account %+v, want the environments it had", a)
	}
	if got := m.visits(1); !slices.Equal(got, []string{"named ", "default none"}) {
		t.Errorf("the second sign-in went to %q", got)
	}
	if got := names(); got != "Presence.Read.All user_impersonation" {
		t.Errorf("after signing in again Diagnostics misses %q", got)
	}
}
